import { StreamInferError, messageOf } from '../../core/errors';

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(String((error as NodeJS.ErrnoException).code));
}

export function corrupt(file: string, problem: string, cause?: unknown): StreamInferError {
  return new StreamInferError(
    'MODEL_CORRUPT',
    `${file} ${problem}. Restore the folder from where it came from.`,
    { cause },
  );
}

export function unreadable(file: string, error: unknown): StreamInferError {
  return new StreamInferError('FILE_UNREADABLE', `Cannot read ${file}: ${messageOf(error)}`, {
    cause: error,
  });
}
