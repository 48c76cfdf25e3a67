import { idOf } from '../config/names';
import { z } from 'zod';
import type { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import { aFunction, assertShape, topicName } from './options';
import type { Deserializer } from './serialization';

/** Options of a consumer; those without a default are required. */
export interface ConsumerOptions {
  /**
   * Consumers of one group share the messages and resume at the group's position. A standalone consumer (null) reads
   * everything starting at `from` and settles nothing.
   */
  readonly group: string | null;
  /** Start of a new group or a standalone consumer; `earliest` if absent. Pub/Sub keeps nothing from before a subscription. */
  readonly from?: 'earliest' | 'latest';
  /** Pub/Sub: subscription used as the group; `<topic>-<group>` if absent. */
  readonly subscription?: string;
  /**
   * `automatic` (default): a message is settled when the handler's promise resolves. `manual`: by `message.settle()`
   * within `handlerTimeoutMs`.
   */
  readonly settle?: 'automatic' | 'manual';
  /**
   * Concurrent handlers; 1 if absent, which keeps the order. Above 1, messages with the same key are still handled in
   * order (with automatic settling).
   */
  readonly concurrency?: number;
  /** Attempts before a message becomes a dead letter; 3 if absent. */
  readonly attempts?: number;
  /** Timeout of one attempt, ms; 30,000 if absent. It cannot stop a loop that never yields to the event loop. */
  readonly handlerTimeoutMs?: number;
  /**
   * Topic for messages whose attempts all failed; `<topic>.dlq` if absent. null: the consumer stops with the error
   * instead, so that no message is skipped. A standalone consumer publishes no dead letters; it reports and continues.
   */
  readonly deadLetterTopic?: string | null;
  /** Maximum number of unsettled messages; 256 if absent. */
  readonly maxInFlight?: number;
  /** Maximum bytes of unsettled messages; 64 MiB if absent. */
  readonly maxInFlightBytes?: number;
  /** How long `close` waits for running handlers, ms; 10,000 if absent. */
  readonly drainTimeoutMs?: number;
  /** Called for each failed attempt, lost message and settling error. Logged as a warning if absent. */
  readonly onError?: (error: StreamInferError, delivery: Delivery | null) => void;
}

/** Options of a consumer that converts bytes to values. */
export interface TypedConsumerOptions<T> extends ConsumerOptions {
  readonly deserialize: Deserializer<T>;
}

export interface ConsumerSettings {
  readonly group: string | null;
  readonly from: 'earliest' | 'latest';
  readonly subscription: string | undefined;
  readonly settle: 'automatic' | 'manual';
  readonly concurrency: number;
  readonly attempts: number;
  readonly handlerTimeoutMs: number;
  readonly deadLetterTopic: string | null;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly drainTimeoutMs: number;
}

const count = z.int().positive();
/** Limited by setTimeout, ms. */
const duration = z
  .number()
  .positive()
  .max(2 ** 31 - 1);

const schema = z
  .strictObject({
    topic: topicName,
    handler: aFunction,
    group: z.string().min(1).max(249).nullable(),
    from: z.enum(['earliest', 'latest']).optional(),
    subscription: z.string().min(1).optional(),
    settle: z.enum(['automatic', 'manual']).optional(),
    concurrency: count.optional(),
    attempts: count.optional(),
    handlerTimeoutMs: duration.optional(),
    deadLetterTopic: z.string().min(1).nullable().optional(),
    maxInFlight: count.optional(),
    maxInFlightBytes: count.optional(),
    drainTimeoutMs: duration.optional(),
    onError: aFunction.optional(),
    deserialize: aFunction.optional(),
  })
  .refine(({ topic, deadLetterTopic }) => deadLetterTopic !== topic, {
    path: ['deadLetterTopic'],
    error: 'must differ from the topic, or its dead letters would be consumed again',
  });

/** Throws CONFIG_INVALID with all errors at once. */
export function toConsumerSettings(
  topic: string,
  options: ConsumerOptions,
  handler: unknown,
): ConsumerSettings {
  assertShape(schema, { ...options, topic, handler }, 'createConsumer');
  const { group, from = 'earliest', settle = 'automatic', concurrency = 1 } = options;
  const settings = {
    group,
    from,
    settle,
    concurrency,
    subscription: options.subscription ?? (group === null ? undefined : `${idOf(topic)}-${group}`),
    attempts: options.attempts ?? 3,
    handlerTimeoutMs: options.handlerTimeoutMs ?? 30_000,
    deadLetterTopic: options.deadLetterTopic === undefined ? `${topic}.dlq` : options.deadLetterTopic,
    maxInFlight: options.maxInFlight ?? 256,
    maxInFlightBytes: options.maxInFlightBytes ?? 64 * 1024 * 1024,
    drainTimeoutMs: options.drainTimeoutMs ?? 10_000,
  };
  return settings;
}
