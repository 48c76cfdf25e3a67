import type { Sequential } from '@tensorflow/tfjs';
import { IMAGE_SIDE } from '../core/image';
import { createNormalizedNetwork } from './normalized-network';
import type { TensorFlow } from './tensorflow';

/**
 * Four convolutions with batch normalization. The first has stride 2: in int8 it costs a third of a full convolution
 * with max-pooling, and leaves time for layers with more channels.
 */
export function createDeepNetwork(tf: TensorFlow, seed: number): Sequential {
  return createNormalizedNetwork(tf, {
    name: 'deep',
    seed,
    dropout: 0.3,
    body: (convolution) => [
      ...convolution({ inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1], filters: 32, kernelSize: 5, strides: 2 }),
      ...convolution({ filters: 64, kernelSize: 3 }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      ...convolution({ filters: 128, kernelSize: 3, padding: 'valid' }),
      ...convolution({ filters: 128, kernelSize: 3, padding: 'valid' }),
    ],
  });
}
