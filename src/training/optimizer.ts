import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow';

const FINAL_SHARE = 0.01;

/** The exact state of Adam, for resuming as if there was no interruption. */
export interface OptimizerState {
  readonly steps: number;
  /** The powers of its two decay rates; recomputed values would differ in the last bits. */
  readonly decays: readonly number[];
  /** The means of the gradients, then of their squares. */
  readonly moments: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
}

/** Internal fields of TF.js. */
interface AdamFields {
  accBeta1: Variable;
  accBeta2: Variable;
}

/** TF.js has no schedules. Adam reads its protected field at every step, and assigning it is the documented workaround. */
export function setLearningRate(optimizer: Optimizer, learningRate: number): void {
  Object.assign(optimizer, { learningRate });
}

export async function readOptimizer(optimizer: Optimizer): Promise<OptimizerState> {
  const [iterations, ...moments] = await optimizer.getWeights();
  const [steps = 0] = iterations?.tensor.dataSync() ?? [];
  iterations?.tensor.dispose();
  const { accBeta1, accBeta2 } = optimizer as unknown as AdamFields;
  return {
    steps,
    decays: [accBeta1, accBeta2].map((decay) => decay.dataSync()[0] ?? 0),
    moments: moments.map(({ tensor }) => ({
      shape: tensor.shape,
      values: tensor.dataSync<'float32'>().slice(),
    })),
  };
}

export async function writeOptimizer(
  tf: TensorFlow,
  optimizer: Optimizer,
  state: OptimizerState,
): Promise<void> {
  const tensors: Tensor[] = [
    tf.scalar(state.steps, 'int32'),
    ...state.moments.map(({ shape, values }) => tf.tensor(values, [...shape])),
  ];
  await optimizer.setWeights(tensors.map((tensor, i) => ({ name: `moment${i}`, tensor })));
  const { accBeta1, accBeta2 } = optimizer as unknown as AdamFields;
  tf.tidy(() => {
    [accBeta1, accBeta2].forEach((decay, i) => decay.assign(tf.scalar(state.decays[i] ?? 0)));
  });
  tf.dispose(tensors);
}

/**
 * The share of the highest learning rate at `progress` (0 at the first step, 1 after the last). It rises
 * linearly during warm-up, then falls along a cosine to FINAL_SHARE: SGDR without restarts (arXiv:1608.03983,
 * eq. 5).
 */
export function learningRateShare(progress: number, warmUp = 0): number {
  if (progress < warmUp) return FINAL_SHARE + (1 - FINAL_SHARE) * (progress / warmUp);
  const after = (progress - warmUp) / (1 - warmUp);
  return FINAL_SHARE + (1 - FINAL_SHARE) * 0.5 * (1 + Math.cos(Math.PI * after));
}
