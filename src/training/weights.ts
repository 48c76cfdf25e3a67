import type { LayersModel, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow';

/** All weights of a model in its order, including moving means and variances. */
export type WeightValues = readonly Float32Array[];

export function readWeights(model: LayersModel): WeightValues {
  return valuesOf(model.getWeights());
}

/** @param share of `other`, 0–1; the rest is of `one` */
export function blendWeights(one: WeightValues, other: WeightValues, share: number): WeightValues {
  return other.map((values, i) => values.map((value, at) => share * value + (1 - share) * one[i]![at]!));
}

export function writeWeights(tf: TensorFlow, model: LayersModel, values: WeightValues): void {
  const tensors = tensorsOf(tf, model, values);
  model.setWeights(tensors);
  tf.dispose(tensors);
}

/** Scales kernels down by this share; biases and normalization weights stay unchanged (AdamW, arXiv:1711.05101). */
export function decayWeights(tf: TensorFlow, model: LayersModel, share: number): void {
  tf.tidy(() => {
    for (const weight of model.trainableWeights) {
      if (weight.shape.length > 1) weight.write(tf.mul(weight.read(), 1 - share));
    }
  });
}

/** The weights with the highest score so far. */
export interface BestWeights {
  readonly score: number;
  readonly values: WeightValues;
}

export const NO_WEIGHTS: BestWeights = { score: -1, values: [] };

/** A moving average of the model's weights, which smooths the noise of single steps. */
export interface WeightAverage {
  /** To be called after each step. */
  update(): void;
  /** Runs `task` with the averages as the weights of the model. */
  during<T>(task: () => Promise<T>): Promise<T>;
  state(): AverageState;
  dispose(): void;
}

export interface AverageState {
  readonly steps: number;
  readonly values: WeightValues;
}

/** Exponential moving average with `decay`; the first steps use a smaller decay. */
export function averageWeights(
  tf: TensorFlow,
  model: LayersModel,
  decay: number,
  from: AverageState = { steps: 0, values: [] },
): WeightAverage {
  const first = tensorsOf(tf, model, from.values);
  const averages = first.map((weight) => tf.variable(weight, false));
  tf.dispose(first);
  let steps = from.steps;
  return {
    update() {
      steps++;
      const kept = Math.min(decay, (1 + steps) / (10 + steps));
      tf.tidy(() => {
        model.getWeights().forEach((weight, i) => {
          const average = averages[i]!;
          average.assign(tf.add(tf.mul(average, kept), tf.mul(weight, 1 - kept)));
        });
      });
    },
    async during(task) {
      const own = model.getWeights().map((weight) => weight.clone());
      model.setWeights(averages);
      try {
        return await task();
      } finally {
        model.setWeights(own);
        tf.dispose(own);
      }
    },
    state: () => ({ steps, values: valuesOf(averages) }),
    dispose: () => tf.dispose(averages),
  };
}

function valuesOf(tensors: readonly Tensor[]): WeightValues {
  return tensors.map((tensor) => tensor.dataSync<'float32'>().slice());
}

/** The values as tensors; missing values are taken from the model. */
function tensorsOf(tf: TensorFlow, model: LayersModel, values: WeightValues): Tensor[] {
  return model.getWeights().map((weight, i) => {
    const own = values[i];
    return own ? tf.tensor(own, weight.shape) : weight.clone();
  });
}
