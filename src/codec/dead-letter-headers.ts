/**
 * What a dead letter says about its original, as header names. They belong to this program: on an input they are
 * replaced by a dead letter, do not travel on to a prediction, and are taken off before the original is published again.
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

/** How often a message was published again after it had failed; on redriven messages, predictions and dead letters. */
export const REDRIVE_COUNT = 'redrive-count';

export const DEAD_LETTER_HEADERS: ReadonlySet<string> = new Set(NAMES);

/** @param lowerName in lower case */
export function isDeadLetterHeader(lowerName: string): boolean {
  return DEAD_LETTER_HEADERS.has(lowerName);
}
