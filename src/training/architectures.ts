import type { Sequential } from '@tensorflow/tfjs';
import { createDeepNetwork } from './deep';
import { createLenet } from './lenet';
import { createLightNetwork } from './light';
import { createNetwork } from './network';
import { AVERAGED_RECIPE, PLAIN_RECIPE, type Recipe } from './recipe';
import type { TensorFlow } from './tensorflow';

export const ARCHITECTURE_NAMES = ['cnn', 'deep', 'light', 'lenet'] as const;
export type ArchitectureName = (typeof ARCHITECTURE_NAMES)[number];

/** A trainable network. */
export interface Architecture {
  /** Default name of the model. */
  readonly model: string;
  readonly parameters: number;
  /** Description of the layers for the model card. */
  readonly layers: string;
  /** Default recipe. */
  readonly recipe: Recipe;
  create(tf: TensorFlow, seed: number): Sequential;
}

export const ARCHITECTURES: Readonly<Record<ArchitectureName, Architecture>> = {
  cnn: {
    model: 'fashion-mnist',
    // 320 + 18,496 + 204,928 + 1,290; the figures in the docs apply to this network.
    parameters: 225_034,
    layers:
      'Conv 3×3×32 – max-pool – Conv 3×3×64 – max-pool – dropout – Dense 128 – dropout – Dense 10, softmax',
    recipe: PLAIN_RECIPE,
    create: createNetwork,
  },
  deep: {
    model: 'fashion-mnist',
    // 800 + 18,432 + 73,728 + 147,456, 4 × 352 for the normalizations, and 11,530.
    parameters: 253_354,
    layers:
      'Conv 5×5×32 with stride 2 – Conv 3×3×64 – max-pool – Conv 3×3×128 – Conv 3×3×128 – dropout – Dense 10, softmax; ' +
      'every convolution with batch normalization and ReLU',
    recipe: { ...AVERAGED_RECIPE, epochs: 36 },
    create: createDeepNetwork,
  },
  light: {
    model: 'lenet',
    // 800 + 18,432 + 36,864, 4 × 160 for the normalizations, and 5,770.
    parameters: 62_506,
    layers:
      'Conv 5×5×32 with stride 2 – max-pool – Conv 3×3×64 – Conv 3×3×64 – dropout – Dense 10, softmax; ' +
      'every convolution with batch normalization and ReLU',
    recipe: { ...AVERAGED_RECIPE, epochs: 60 },
    create: createLightNetwork,
  },
  lenet: {
    model: 'lenet',
    // 156 + 2,416 + 48,120 + 10,164 + 850.
    parameters: 61_706,
    layers:
      'LeNet-5 with ReLU and max-pooling: Conv 5×5×6 – max-pool – Conv 5×5×16 – max-pool – Dense 120 – Dense 84 – Dense 10, softmax',
    recipe: PLAIN_RECIPE,
    create: createLenet,
  },
};
