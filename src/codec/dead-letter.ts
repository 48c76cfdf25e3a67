import { createHash } from 'node:crypto';
import type { Header, OutgoingMessage } from '../core/message';
import type { DeadLetterOutcome, ModelIdentity } from '../core/prediction';
import { REDRIVE_COUNT, type DeadLetterHeader } from './dead-letter-headers';
import { originalHeaders, redriveCountOf } from './decode-dead-letter';

/** Bytes kept of a value above the limit; a shorter value is never cut. */
export const TRUNCATED_VALUE_BYTES = 64 * 1024;
/** Bytes kept of a key in a dead letter without payload. */
const TRUNCATED_KEY_BYTES = 1024;

/** Characters kept of the error message: a broker refuses headers of megabytes, even with a short value. */
const MESSAGE_CHARACTERS = 4096;

type OwnHeader = readonly [name: DeadLetterHeader, value: string];
const TOMBSTONE: OwnHeader = ['value-null', 'true'];

export interface DeadLetterContext {
  /** For outcomes without a model; null before one is loaded. */
  readonly model: ModelIdentity | null;
  /** A larger value is cut to 64 KiB, bytes. */
  readonly maxValueBytes: number;
}

/** The original key, value and headers, and the error. */
export function encodeDeadLetter(outcome: DeadLetterOutcome, context: DeadLetterContext): OutgoingMessage {
  const { delivery } = outcome;
  const value = delivery.value ?? Buffer.alloc(0);
  const tooLarge = value.length > Math.max(context.maxValueBytes, TRUNCATED_VALUE_BYTES);
  return {
    key: delivery.key,
    value: tooLarge ? value.subarray(0, TRUNCATED_VALUE_BYTES) : value,
    // Our own first: Pub/Sub allows a hundred attributes, and later ones are dropped.
    headers: [
      ...errorHeaders(outcome, context),
      ...(tooLarge ? digestHeaders(value) : []),
      // Not a null value: in a compacted topic, that would delete an earlier dead letter with the same key.
      ...(delivery.value === null ? [TOMBSTONE] : []),
      ...originalHeaders(delivery.headers),
    ],
  };
}

/**
 * For a broker that refuses the complete dead letter as too large: the start of the value and key, without foreign
 * headers.
 */
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
