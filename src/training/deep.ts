import type { Sequential, layers as Layers } from '@tensorflow/tfjs';
import { IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import { trainFast } from './fast-layers';
import type { TensorFlow } from './tensorflow';

const DROPOUT = 0.3;

/**
 * Four convolutions with batch normalization, which inference runtimes fold into the weights. The first has
 * stride 2: in int8 it costs a third of a full convolution with max-pooling, and leaves time for layers with
 * more channels.
 */
export function createDeepNetwork(tf: TensorFlow, seed: number): Sequential {
  const { layers } = tf;
  let nth = 0;
  const convolution = (options: ConvolutionOptions) => [
    layers.conv2d({
      padding: 'same',
      ...options,
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seed + ++nth }),
    }),
    layers.batchNormalization({}),
    layers.activation({ activation: 'relu' }),
  ];
  const model = tf.sequential({
    name: 'deep',
    layers: [
      ...convolution({ inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1], filters: 32, kernelSize: 5, strides: 2 }),
      ...convolution({ filters: 64, kernelSize: 3 }),
      layers.maxPooling2d({ poolSize: 2 }),
      ...convolution({ filters: 128, kernelSize: 3, padding: 'valid' }),
      ...convolution({ filters: 128, kernelSize: 3, padding: 'valid' }),
      layers.flatten(),
      layers.dropout({ rate: DROPOUT, seed }),
      layers.dense({
        units: CLASS_COUNT,
        activation: 'softmax',
        kernelInitializer: tf.initializers.heNormal({ seed: seed + ++nth }),
      }),
    ],
  });
  trainFast(tf, model);
  return model;
}

type ConvolutionOptions = Parameters<typeof Layers.conv2d>[0];
