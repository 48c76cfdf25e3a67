import { StreamInferError, isStreamInferError, type ErrorCode } from '../../core/errors';
import type { RuntimeName } from '../../core/runtime-name';

/** Includes MODEL_CORRUPT: wrong results may come from the runtime; if all runtimes give them, the model is corrupt. */
const RUNTIME_ERRORS: readonly ErrorCode[] = ['RUNTIME_UNAVAILABLE', 'MODEL_UNSUPPORTED', 'MODEL_CORRUPT'];

/** Whether the next runtime may succeed. */
export function isRuntimeError(error: unknown): error is StreamInferError {
  return isStreamInferError(error) && RUNTIME_ERRORS.includes(error.code);
}

export interface RuntimeFailure {
  readonly runtime: RuntimeName;
  readonly error: StreamInferError;
}

/** Advice of one runtime to use the others, which failed. */
const ADVICE = /; use --runtime [\w -]+$/;

/**
 * The error when all candidates failed, in their order: the first reason that is about the model, then the others. A
 * runtime that is not installed says nothing about the model.
 */
export function failureOf(failures: readonly RuntimeFailure[]): StreamInferError {
  const main = failures.find(({ error }) => error.code !== 'RUNTIME_UNAVAILABLE') ?? failures[0];
  if (main === undefined) return new StreamInferError('INTERNAL', 'there is no candidate runtime');
  const others = failures.filter((one) => one !== main && one.error.message !== main.error.message);
  if (others.length === 0) return main.error;
  const tried = others.map(({ runtime, error }) => `${runtime}: ${error.message}`).join('; ');
  const { code } = main.error;
  const message = main.error.message.replace(ADVICE, '');
  return new StreamInferError(code, `${message}; other runtimes fail, too: ${tried}`, { cause: main.error });
}
