import { headerText, type Delivery, type Header } from '../core/message';

/** A message for a handler. */
export interface Message<T> {
  readonly value: T;
  /** As text; the bytes are in `delivery.key`. */
  readonly key: string | null;
  readonly headers: readonly Header[];
  readonly topic: string;
  /** `topic/partition/offset`, or the Pub/Sub message id; unchanged on redelivery. */
  readonly id: string;
  /** Creation time, ms since 1970. */
  readonly timestamp: number;
  /** Number of this attempt in this consumer, from 1. */
  readonly attempt: number;
  /** Aborts when the attempt times out or the consumer stops waiting. */
  readonly signal: AbortSignal;
  /** The delivery from the broker adapter. */
  readonly delivery: Delivery;
  /** Value of the first header with that name, ignoring case. */
  readonly header: (name: string) => string | undefined;
}

/** A message for a handler with `settle: 'manual'`. */
export interface ManualMessage<T> extends Message<T> {
  /**
   * Acknowledges the message. Throws ALREADY_SETTLED the second time. Throws DELIVERY_LOST if the reader lost the message
   * (timeout, rebalance, close): it is redelivered then.
   */
  settle(): void;
  /** Fails this attempt: the message is retried, and becomes a dead letter after the last attempt. Throws like `settle`. */
  reject(reason: unknown): void;
}

/** The message without the fields of one attempt. */
export function describeDelivery<T>(delivery: Delivery, value: T): Omit<Message<T>, 'attempt' | 'signal'> {
  return {
    value,
    key: delivery.key === null ? null : delivery.key.toString('utf8'),
    headers: delivery.headers,
    topic: delivery.origin.topic,
    id: delivery.sourceId,
    timestamp: delivery.timestamp,
    delivery,
    header: (name) => headerText(delivery.headers, name.toLowerCase()),
  };
}
