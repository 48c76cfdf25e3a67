import { argMax } from '../core/arg-max';
import { StreamInferError } from '../core/errors';
import type { Precision } from '../core/precision';
import { bytesPerImage } from '../core/model-shape';
import type { ModelFiles, ModelOutput } from '../models/files/model';
import { requireInt8 } from './requirements';
import type { ModelRuntime } from './runtimes/runtime';

/**
 * Largest allowed difference of a probability from the golden one.
 *
 * With fp32, runtimes differ by about 1e-6; a wrong layer by far more.
 *
 * With int8, it is compared to the machine that quantized the model. Measured on the shipped model and 2,000 test images, by the
 * largest difference per image. Exact implementations with other rounding differ by up to 0.005 for 99 % and 0.012 at
 * worst. Sums that overflow (x86 without VNNI and without the option for it) differ by 0.06 for one in ten images. On the
 * golden vectors they differ by 0.027, and they lose one point of accuracy.
 */
export const GOLDEN_TOLERANCE: Readonly<Record<Precision, number>> = { fp32: 1e-4, int8: 0.02 };

/** Loads the model and checks the golden vectors. Rejects as both do, after disposing of the runtime. */
export async function loadChecked(runtime: ModelRuntime, files: ModelFiles): Promise<ModelRuntime> {
  try {
    await runtime.load(files);
    await assertGolden(runtime, files);
    return runtime;
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

/**
 * Checks that a runtime reproduces the model's golden vectors. Rejects with MODEL_CORRUPT, naming the first probability
 * that is not a number or differs by more than the tolerance. For int8 it rejects with INT8_INACCURATE, also for another
 * predicted class, because the processor may be the cause.
 */
export async function assertGolden(runtime: ModelRuntime, files: ModelFiles): Promise<void> {
  const { n, pixels } = files.golden;
  if (n === 0) return await assertScores(runtime, files);
  const expected = expectedBy(runtime, files);
  const got = await runtime.predict(pixels, n);
  const problem =
    differenceOf(got, expected, n, GOLDEN_TOLERANCE[runtime.precision]) ??
    (runtime.precision === 'int8' ? otherClass(got, expected, n) : undefined);
  if (problem) throw refused(runtime, files, problem);
}

/** Without golden vectors, only the form of the scores can be checked: of a black image and of one with all levels. */
async function assertScores(runtime: ModelRuntime, files: ModelFiles): Promise<void> {
  const [size, classes] = [bytesPerImage(files.shape), files.shape.labels.length];
  const pixels = Uint8Array.from({ length: 2 * size }, (_, i) => (i < size ? 0 : i));
  const got = await runtime.predict(pixels, 2);
  for (const scores of [got.subarray(0, classes), got.subarray(classes)]) {
    const problem = problemOf(scores, files.output);
    if (problem !== undefined) throw notScores(problem, files);
  }
}

function problemOf(scores: Float32Array, { independent }: ModelOutput): string | undefined {
  const other = scores.find((value) => !(value >= 0 && value <= 1));
  if (other !== undefined) return `one is ${other}`;
  const sum = scores.reduce((total, value) => total + value, 0);
  return independent || Math.abs(sum - 1) < 0.01 ? undefined : `their sum is ${sum.toFixed(3)}`;
}

function notScores(problem: string, { dir, output }: ModelFiles): StreamInferError {
  if (problem.endsWith('NaN')) {
    const cause = 'its weights are damaged, or it overflows; export it again from the training program';
    return new StreamInferError('MODEL_UNSUPPORTED', `the model in ${dir} computes NaN: ${cause}`);
  }
  const wanted = output.independent ? 'scores from 0 to 1' : 'probabilities that add up to 1';
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the outputs of the model in ${dir} are not ${wanted}: ${problem}; set "output": {"activation": …} in ` +
      'classifier.json: "softmax" for one class per image, "sigmoid" for several',
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
    // Written so that NaN counts as a difference.
    if (Math.abs(got[i]! - expected[i]!) <= tolerance) continue;
    const where = `class ${i % classes} of vector ${Math.floor(i / classes)}`;
    return `${got[i]} for ${where} instead of ${expected[i]} (tolerance ${tolerance})`;
  }
  return undefined;
}

function otherClass(got: Float32Array, expected: ArrayLike<number>, n: number): string | undefined {
  const classes = expected.length / n;
  for (let vector = 0; vector < n; vector++) {
    const start = vector * classes;
    const [here, there] = [argMax(got, start, classes), argMax(expected, start, classes)];
    if (here !== there) return `class ${here} for vector ${vector} instead of ${there}`;
  }
  return undefined;
}

function refused(runtime: ModelRuntime, files: ModelFiles, problem: string): StreamInferError {
  const model = `the model ${files.name}@${files.version} in ${files.dir}`;
  if (runtime.precision === 'fp32') {
    return new StreamInferError(
      'MODEL_CORRUPT',
      `${model} does not reproduce its golden vectors on ${runtime.name}: ${problem}`,
    );
  }
  return new StreamInferError(
    'INT8_INACCURATE',
    `${model} computes other 8-bit results on this processor than where its accuracy was measured: ${problem}; ` +
      'use --precision fp32',
  );
}
