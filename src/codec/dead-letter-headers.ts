/**
 * Header names of a dead letter that describe its original. They are reserved: on an input they are replaced in a
 * dead letter, not copied to a prediction, and removed when the original is redriven.
 */
const NAMES = [
  'error-code',
  'error-message',
  'error-stage',
  'attempts',
  'source-id',
  'source-topic',
  'source-partition',
  'source-offset',
  'failed-at',
  'model',
  'value-length',
  'value-sha256',
  'value-null',
] as const;

export type DeadLetterHeader = (typeof NAMES)[number];

/** Number of redrives of a message; on redriven messages, predictions and dead letters. */
export const REDRIVE_COUNT = 'redrive-count';

export const DEAD_LETTER_HEADERS: ReadonlySet<string> = new Set(NAMES);

/** @param lowerName in lower case */
export function isDeadLetterHeader(lowerName: string): boolean {
  return DEAD_LETTER_HEADERS.has(lowerName);
}
