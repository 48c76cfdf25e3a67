import type { LayersModel, Sequential } from '@tensorflow/tfjs';
import { IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { TensorFlow } from './tensorflow';

const DROPOUT_AFTER_FLATTEN = 0.2;
const DROPOUT_AFTER_DENSE = 0.4;

/** Conv 32 – pool – Conv 64 – pool – Dense 128 – Dense 10; input n × 28 × 28 × 1 in 0–1, output n × 10 probabilities. */
export function createNetwork(tf: TensorFlow, seed: number): Sequential {
  const { layers } = tf;
  const initialised = (nth: number) => ({
    kernelInitializer: tf.initializers.heNormal({ seed: seed + nth }),
  });
  return tf.sequential({
    name: 'fashion_mnist',
    layers: [
      layers.conv2d({
        inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1],
        filters: 32,
        kernelSize: 3,
        activation: 'relu',
        ...initialised(1),
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu', ...initialised(2) }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: DROPOUT_AFTER_FLATTEN, seed }),
      layers.dense({ units: 128, activation: 'relu', ...initialised(3) }),
      layers.dropout({ rate: DROPOUT_AFTER_DENSE, seed }),
      layers.dense({ units: CLASS_COUNT, activation: 'softmax', ...initialised(4) }),
    ],
  });
}

/**
 * Sets a new seed in every dropout layer before each batch. With a fixed seed TF.js draws the same mask every
 * time; without a seed training is not reproducible.
 */
export function reseedDropout(model: LayersModel, random: () => number): void {
  for (const layer of model.layers) {
    if (layer.getClassName() === 'Dropout') Object.assign(layer, { seed: Math.floor(random() * 2 ** 31) });
  }
}
