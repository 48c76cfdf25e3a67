import { createHash } from 'node:crypto';
import type { Header, OutgoingMessage } from '../core/message';
import type { DeadLetterOutcome, ModelIdentity } from '../core/prediction';
import { REDRIVE_COUNT, type DeadLetterHeader } from './dead-letter-headers';
import { originalHeaders, redriveCountOf } from './decode-dead-letter';

/** Bytes kept of a value that is too large to be kept whole; one that has no more is never cut. */
export const TRUNCATED_VALUE_BYTES = 64 * 1024;
/** Bytes kept of a key in a shrunk dead letter. */
const TRUNCATED_KEY_BYTES = 1024;

/** Characters kept of what was wrong: a broker refuses headers of megabytes, however short the value is cut. */
const MESSAGE_CHARACTERS = 4096;

type OwnHeader = readonly [name: DeadLetterHeader, value: string];
const TOMBSTONE: OwnHeader = ['value-null', 'true'];

export interface DeadLetterContext {
  /** For what no model was given; null when none was loaded yet. */
  readonly model: ModelIdentity | null;
  /** A value above it is cut to 64 KiB, bytes. */
  readonly maxValueBytes: number;
}

/** The original key, value and headers, plus what was wrong with it. */
export function encodeDeadLetter(outcome: DeadLetterOutcome, context: DeadLetterContext): OutgoingMessage {
  const { delivery } = outcome;
  const value = delivery.value ?? Buffer.alloc(0);
  const tooLarge = value.length > Math.max(context.maxValueBytes, TRUNCATED_VALUE_BYTES);
  return {
    key: delivery.key,
    value: tooLarge ? value.subarray(0, TRUNCATED_VALUE_BYTES) : value,
    // Ours first: Pub/Sub carries a hundred attributes, and what comes after them is cut off.
    headers: [
      ...errorHeaders(outcome, context),
      ...(tooLarge ? digestHeaders(value) : []),
      // Not as a null of its own: where the topic is compacted, that would delete an earlier letter with the same key.
      ...(delivery.value === null ? [TOMBSTONE] : []),
      ...originalHeaders(delivery.headers),
    ],
  };
}

/** For a broker that refuses the whole dead letter as too large: the start of the value and key, and no foreign headers. */
export function encodeShrunkDeadLetter(
  outcome: DeadLetterOutcome,
  context: DeadLetterContext,
): OutgoingMessage {
  const { delivery } = outcome;
  const value = delivery.value ?? Buffer.alloc(0);
  return {
    key: delivery.key === null ? null : delivery.key.subarray(0, TRUNCATED_KEY_BYTES),
    value: value.subarray(0, TRUNCATED_VALUE_BYTES),
    headers: [...errorHeaders(outcome, context), ...digestHeaders(value)],
  };
}

function errorHeaders(outcome: DeadLetterOutcome, context: DeadLetterContext): Header[] {
  const { delivery, rejection, model = context.model } = outcome;
  const { topic, partition, offset } = delivery.origin;
  const redriveCount = redriveCountOf(delivery.headers);
  const own: OwnHeader[] = [
    ['error-code', rejection.code],
    ['error-message', rejection.message.slice(0, MESSAGE_CHARACTERS)],
    ['error-stage', rejection.stage],
    ['attempts', String(rejection.attempts)],
    ['source-id', delivery.sourceId],
    ['source-topic', topic],
    ['source-partition', partition === null ? '' : String(partition)],
    ['source-offset', offset ?? ''],
    ['failed-at', new Date().toISOString()],
    ['model', model === null ? '' : `${model.name}@${model.version}`],
  ];
  return redriveCount === 0 ? own : [...own, [REDRIVE_COUNT, String(redriveCount)]];
}

function digestHeaders(value: Buffer): OwnHeader[] {
  return [
    ['value-length', String(value.length)],
    ['value-sha256', createHash('sha256').update(value).digest('hex')],
  ];
}
