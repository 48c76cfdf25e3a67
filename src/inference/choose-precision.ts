import { isStreamInferError, messageOf } from '../core/errors';
import { INT8_RUNTIME, type Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { bytesPerImage } from '../core/model-shape';
import type { ModelFiles } from '../models/files/model';
import { loadChecked } from './golden';
import type { ModelRuntime } from './runtimes/runtime';

/** The choice of `auto` and its reason, for the log. */
export interface PrecisionChoice {
  readonly precision: Precision;
  readonly reason: string;
}

export interface ChoiceOptions {
  readonly files: ModelFiles;
  readonly create: (precision: Precision) => ModelRuntime;
  /** Largest batch of the stream. */
  readonly maxBatch: number;
  /** Speed of the first runtime relative to the second; replaced in tests. */
  readonly speedup?: (int8: ModelRuntime, fp32: ModelRuntime) => Promise<number>;
}

/** A smaller gain is not worth the rounding errors, and the choice could change by chance from start to start. */
const LEAST_SPEEDUP = 1.2;

/** The choice if model or runtime allow only one; undefined if a measurement is needed. */
export function choiceWithoutMeasuring(
  { int8 }: Pick<ModelFiles, 'int8'>,
  runtime: RuntimeName,
): PrecisionChoice | undefined {
  if (runtime !== INT8_RUNTIME)
    return { precision: 'fp32', reason: `int8 requires the runtime ${INT8_RUNTIME}` };
  return int8 ? undefined : { precision: 'fp32', reason: 'the model has no int8.json' };
}

/**
 * Loads the model in both precisions and keeps int8 if this processor computes it correctly and faster, otherwise fp32.
 * A failure of int8 is a reason for fp32, not an error; rejects as loading in fp32 does.
 */
export async function loadChosen(
  options: ChoiceOptions,
): Promise<{ runtime: ModelRuntime; choice: PrecisionChoice }> {
  const { files, create } = options;
  const fp32 = await loadChecked(create('fp32'), files);
  const int8 = await loadChecked(create('int8'), files).catch(toReason);
  if (typeof int8 === 'string') return { runtime: fp32, choice: { precision: 'fp32', reason: int8 } };
  return await keepFaster(int8, fp32, options);
}

async function keepFaster(
  int8: ModelRuntime,
  fp32: ModelRuntime,
  { files, maxBatch, speedup = measured(files, maxBatch) }: ChoiceOptions,
): Promise<{ runtime: ModelRuntime; choice: PrecisionChoice }> {
  const times = await speedup(int8, fp32);
  const faster = times >= LEAST_SPEEDUP;
  await (faster ? fp32 : int8).dispose();
  return faster
    ? { runtime: int8, choice: { precision: 'int8', reason: `${times.toFixed(1)} × as fast as fp32 here` } }
    : {
        runtime: fp32,
        choice: { precision: 'fp32', reason: `int8 is ${times.toFixed(2)} × as fast as fp32 here` },
      };
}

function measured(files: ModelFiles, maxBatch: number): NonNullable<ChoiceOptions['speedup']> {
  return async (int8, fp32) => await speedupOf(int8, fp32, batchLike(files, maxBatch));
}

function toReason(error: unknown): string {
  const inaccurate = isStreamInferError(error) && error.code === 'INT8_INACCURATE';
  return inaccurate ? 'int8 is inaccurate on this processor' : `int8 does not load: ${messageOf(error)}`;
}

/** Larger batches are not faster, and a busy machine would interrupt each one. */
const MOST_IMAGES = 16;
/** The first calls allocate memory and select kernels. */
const WARM_UP_ROUNDS = 2;
const LEAST_ROUNDS = 5;
const BUDGET_MS = 100;

/**
 * Speed of `first` relative to `second` on this machine, from the shortest times of alternating batches: other load
 * lengthens single times, but not the shortest ones. Takes about 0.1 s.
 */
export async function speedupOf(
  first: ModelRuntime,
  second: ModelRuntime,
  { pixels, n }: Batch,
  now: () => number = () => performance.now(),
): Promise<number> {
  const timed = async (runtime: ModelRuntime): Promise<number> => {
    const startedAt = now();
    await runtime.predict(pixels, n);
    return now() - startedAt;
  };
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await both(timed, first, second);
  const shortest: [number, number] = [Infinity, Infinity];
  const startedAt = now();
  for (let round = 0; round < LEAST_ROUNDS || now() - startedAt < BUDGET_MS; round++) {
    const times = await both(timed, first, second);
    times.forEach((time, i) => (shortest[i] = Math.min(shortest[i]!, time)));
  }
  return shortest[1] / shortest[0];
}

export interface Batch {
  readonly pixels: Uint8Array;
  readonly n: number;
}

/** The images of the golden vectors, repeated up to the size of a batch. */
export function batchLike({ golden, ...files }: ModelFiles, maxBatch: number): Batch {
  const n = Math.min(maxBatch, MOST_IMAGES);
  const pixels = Uint8Array.from(
    { length: n * bytesPerImage(files.shape) },
    (_, i) => golden.pixels[i % golden.pixels.length]!,
  );
  return { pixels, n };
}

/** One after the other: in parallel they would share the core. */
async function both(
  timed: (runtime: ModelRuntime) => Promise<number>,
  first: ModelRuntime,
  second: ModelRuntime,
): Promise<[number, number]> {
  return [await timed(first), await timed(second)];
}
