import { isStreamInferError, type ErrorCode } from '../core/errors';
import { runnable } from './program-name';

/** The exit codes of a command. */
export const EXIT = {
  fine: 0,
  failure: 1,
  usage: 2,
  brokerUnreachable: 3,
  model: 4,
  problemsFound: 5,
} as const;

const CODES: Partial<Record<ErrorCode, number>> = {
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  UNKNOWN_BROKER: EXIT.usage,
  TOKEN_REQUIRED: EXIT.usage,
  BAD_REQUEST: EXIT.usage,
  BROKER_UNREACHABLE: EXIT.brokerUnreachable,
  MODEL_MISSING: EXIT.model,
  MODEL_CORRUPT: EXIT.model,
  MODEL_UNSUPPORTED: EXIT.model,
  INT8_INACCURATE: EXIT.model,
  // The user stopped the command.
  ABORTED: EXIT.fine,
};

export function exitCodeOf(error: unknown): number {
  return isStreamInferError(error) ? (CODES[error.code] ?? EXIT.failure) : EXIT.failure;
}

/** Reports an error in one line on stderr and sets the exit code. Only internal errors have a stack. */
export function fail(error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (!isStreamInferError(error)) {
    process.stderr.write(
      `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return;
  }
  if (error.code !== 'ABORTED') process.stderr.write(`error ${error.code}: ${runnable(error.message)}\n`);
}
