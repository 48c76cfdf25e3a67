import type { Sequential } from '@tensorflow/tfjs';
import { IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { TensorFlow } from './tensorflow';

/**
 * LeNet-5 (LeCun et al., Gradient-based learning applied to document recognition, 1998, fig. 2). It is less accurate
 * than the larger network, and several times as fast. 28×28 pixels are padded to the paper's 32×32. ReLU and
 * max-pooling replace tanh and averages: they are faster, learn better here, and exist in int8.
 */
export function createLenet(tf: TensorFlow, seed: number): Sequential {
  const { layers } = tf;
  const initialised = (nth: number) => ({
    activation: 'relu' as const,
    kernelInitializer: tf.initializers.heNormal({ seed: seed + nth }),
  });
  const inputShape = [IMAGE_SIDE, IMAGE_SIDE, 1];
  return tf.sequential({
    name: 'lenet',
    layers: [
      layers.conv2d({ inputShape, filters: 6, kernelSize: 5, padding: 'same', ...initialised(1) }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 5, ...initialised(2) }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 120, ...initialised(3) }),
      layers.dense({ units: 84, ...initialised(4) }),
      layers.dense({ units: CLASS_COUNT, ...initialised(5), activation: 'softmax' }),
    ],
  });
}
