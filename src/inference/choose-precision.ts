import { isStreamInferError, messageOf } from '../core/errors';
import { INT8_RUNTIME, type Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { loadChecked } from './load-checked';
import type { ModelFiles } from '../models/files';
import type { ModelRuntime } from './runtimes/runtime';
import { batchLike, speedupOf } from './speedup';

/** What `auto` came to, and why: for the log. */
export interface PrecisionChoice {
  readonly precision: Precision;
  readonly reason: string;
}

export interface ChoiceOptions {
  readonly files: ModelFiles;
  readonly create: (precision: Precision) => ModelRuntime;
  /** Largest batch that will come. */
  readonly maxBatch: number;
  /** How many times as fast as the second runtime the first one is; tests say so without measuring. */
  readonly speedup?: (int8: ModelRuntime, fp32: ModelRuntime) => Promise<number>;
}

/** A smaller gain is not worth the rounding, and chance would make the choice differ from one start to the next. */
const LEAST_SPEEDUP = 1.2;

/** The choice for a model or a runtime that leaves none; undefined where it takes a measurement. */
export function choiceWithoutMeasuring(
  { int8 }: Pick<ModelFiles, 'int8'>,
  runtime: RuntimeName,
): PrecisionChoice | undefined {
  if (runtime !== INT8_RUNTIME)
    return { precision: 'fp32', reason: `int8 needs the runtime ${INT8_RUNTIME}` };
  return int8 ? undefined : { precision: 'fp32', reason: 'the model has no int8.json' };
}

/**
 * Loads the model in both precisions and keeps int8 if this processor computes it right and faster, else fp32. That int8
 * is not possible is a reason and no error; rejects as loading in fp32 does.
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
    ? { runtime: int8, choice: { precision: 'int8', reason: `${times.toFixed(1)} × fp32 here` } }
    : { runtime: fp32, choice: { precision: 'fp32', reason: `int8 is ${times.toFixed(2)} × fp32 here` } };
}

function measured(files: ModelFiles, maxBatch: number): NonNullable<ChoiceOptions['speedup']> {
  return async (int8, fp32) => await speedupOf(int8, fp32, batchLike(files, maxBatch));
}

function toReason(error: unknown): string {
  const inaccurate = isStreamInferError(error) && error.code === 'INT8_INACCURATE';
  return inaccurate ? 'int8 is inaccurate on this processor' : `int8 does not load: ${messageOf(error)}`;
}
