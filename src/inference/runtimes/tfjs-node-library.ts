import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs';

/** The API of tfjs; the types come from the package that is always installed. */
export type TensorFlow = typeof tfjs;

/** Loads tfjs-node, which takes about a second. Throws its loader's errors. */
export function requireTfjsNode(): TensorFlow {
  restoreRemoved();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand; it may be missing
  return require('@tensorflow/tfjs-node') as TensorFlow;
}

/**
 * Computes a sum, because a missing Node API only shows with the first tensor. Throws the library's errors, or an error for
 * a wrong sum.
 */
export function proveTfjsNode({ tidy, tensor1d }: TensorFlow): void {
  const [sum] = tidy(() => tensor1d([1, 2]).add(1).sum().dataSync());
  if (sum !== 5) throw new Error(`it computes ${sum} instead of 5`);
}

/** tfjs-node 4 calls two functions of `util` that Node 23 removed. */
function restoreRemoved(): void {
  const removed: Record<string, unknown> = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  Object.assign(util, removed);
}
