import { idOf } from '../config/names';
import { z } from 'zod';
import type { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import { aFunction, assertShape, topicName } from './options';
import type { Deserializer } from './serialization';

/** How a consumer reads; what has no default here is a must. */
export interface ConsumerOptions {
  /**
   * Consumers of one group share the messages and go on where the group was. null is a reader of its own, which sees
   * everything from `from` on and settles nothing.
   */
  readonly group: string | null;
  /** Where a new group, or a reader without one, starts. `earliest` if absent. Pub/Sub has no past before a subscription. */
  readonly from?: 'earliest' | 'latest';
  /** Pub/Sub: the subscription that plays the group's part; `<topic>-<group>` if absent. */
  readonly subscription?: string;
  /**
   * `automatic` (if absent): settled when the handler's promise resolves, and not before. `manual`: by `message.settle()`,
   * at any time within `handlerTimeoutMs`.
   */
  readonly settle?: 'automatic' | 'manual';
  /**
   * Handlers that run at a time; 1 if absent, which keeps the order. Above 1, messages with the same key still come one
   * after the other (with automatic settling).
   */
  readonly concurrency?: number;
  /** How often a handler is given a message before that becomes a dead letter; 3 if absent. */
  readonly attempts?: number;
  /** How long one attempt may take, ms; 30,000 if absent. A loop that never yields to the event loop cannot be stopped. */
  readonly handlerTimeoutMs?: number;
  /**
   * Where messages go that no attempt could handle; `<topic>.dlq` if absent. null: nowhere, and the consumer stops with
   * the error instead, so that nothing is passed over. A reader without a group publishes none; it reports and goes on.
   */
  readonly deadLetterTopic?: string | null;
  /** The most messages that are held unsettled; 256 if absent. */
  readonly maxInFlight?: number;
  /** The most bytes of them; 64 MiB if absent. */
  readonly maxInFlightBytes?: number;
  /** How long `close` waits for handlers that run, ms; 10,000 if absent. */
  readonly drainTimeoutMs?: number;
  /** Told of every failed attempt, every message that was lost, and every mistake in settling. Logged as a warning if absent. */
  readonly onError?: (error: StreamInferError, delivery: Delivery | null) => void;
}

/** With what turns bytes into values. */
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
/** setTimeout takes no more, ms. */
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
    error: 'it is the topic itself: its dead letters would be read again for ever',
  });

/** Throws CONFIG_INVALID with every mistake: without a handler, say, every message would become a dead letter. */
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
