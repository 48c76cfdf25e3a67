import { StreamInferError } from '../core/errors';
import type { Precision } from '../core/precision';
import { pixelsOf } from '../core/model-shape';
import { shapeOf, type ModelFiles } from '../models/files/model';
import { requireInt8 } from './require-int8';
import type { ModelRuntime } from './runtimes/runtime';

/**
 * How far a probability may be from the golden one.
 * - fp32: runtimes differ by some 1e-6; a wrong layer by far more.
 * - int8, against what was computed where the model was made for it. Measured on the shipped model and 2,000 test images,
 *   by the largest difference of an image: a second exact implementation, which rounds differently in between, was off by
 *   0.005 at most for 99 % of them and by 0.012 for the worst; one whose sums overflow (x86 without VNNI adds pairs of
 *   products in 16 bits) by 0.06 for every tenth, by 0.027 on the golden vectors, and it lost a point of accuracy.
 */
export const GOLDEN_TOLERANCE: Readonly<Record<Precision, number>> = { fp32: 1e-4, int8: 0.02 };

/**
 * Lets a runtime reproduce the model's golden vectors, before it serves. Rejects with MODEL_CORRUPT naming the first
 * probability that is off by more than the tolerance (or is no number); for int8 with INT8_INACCURATE, also for another
 * largest class, since there the processor may be at fault.
 */
export async function assertGolden(runtime: ModelRuntime, files: ModelFiles): Promise<void> {
  const { n, pixels } = files.golden;
  if (n === 0) return await assertProbabilities(runtime, files);
  const expected = expectedBy(runtime, files);
  const got = await runtime.predict(pixels, n);
  const problem =
    differenceOf(got, expected, n, GOLDEN_TOLERANCE[runtime.precision]) ??
    (runtime.precision === 'int8' ? otherClass(got, expected, n) : undefined);
  if (problem) throw refused(runtime, files, problem);
}

/** Of a model without golden vectors one can only tell that it answers, and with probabilities. */
async function assertProbabilities(runtime: ModelRuntime, files: ModelFiles): Promise<void> {
  const got = await runtime.predict(new Uint8Array(pixelsOf(shapeOf(files))), 1);
  const sum = got.reduce((total, value) => total + value, 0);
  if (got.every((value) => value >= 0 && value <= 1) && Math.abs(sum - 1) < 0.01) return;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `The model in ${files.dir} does not answer with probabilities that add up to 1; let it end in a softmax.`,
  );
}

function expectedBy(runtime: ModelRuntime, files: ModelFiles): ArrayLike<number> {
  return runtime.precision === 'int8' ? requireInt8(files).golden : files.golden.probabilities;
}

function differenceOf(
  got: Float32Array,
  expected: ArrayLike<number>,
  n: number,
  tolerance: number,
): string | undefined {
  if (got.length !== expected.length) return `${got.length} probabilities instead of ${expected.length}`;
  const classes = expected.length / n;
  for (let i = 0; i < expected.length; i++) {
    // Written so that NaN is a difference, too.
    if (Math.abs(got[i]! - expected[i]!) <= tolerance) continue;
    const where = `class ${i % classes} of vector ${Math.floor(i / classes)}`;
    return `${got[i]} for ${where} instead of ${expected[i]} (tolerance ${tolerance})`;
  }
  return undefined;
}

function otherClass(got: Float32Array, expected: ArrayLike<number>, n: number): string | undefined {
  const classes = expected.length / n;
  for (let vector = 0; vector < n; vector++) {
    const [here, there] = [largest(got, vector, classes), largest(expected, vector, classes)];
    if (here !== there) return `class ${here} for vector ${vector} instead of ${there}`;
  }
  return undefined;
}

function largest(probabilities: ArrayLike<number>, vector: number, classes: number): number {
  let best = 0;
  for (let i = 1; i < classes; i++) {
    if (probabilities[vector * classes + i]! > probabilities[vector * classes + best]!) best = i;
  }
  return best;
}

function refused(runtime: ModelRuntime, files: ModelFiles, problem: string): StreamInferError {
  const model = `The model ${files.name}@${files.version} in ${files.dir}`;
  if (runtime.precision === 'fp32') {
    return new StreamInferError(
      'MODEL_CORRUPT',
      `${model} does not reproduce its golden vectors on ${runtime.name}: ${problem}.`,
    );
  }
  return new StreamInferError(
    'INT8_INACCURATE',
    `${model} does not give on this processor in 8-bit integers what it gave where its accuracy was measured: ` +
      `${problem}. Processors that add 8-bit products with overflow (x86 without VNNI) do so. Use --precision fp32.`,
  );
}
