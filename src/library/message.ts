import { headerText, type Delivery, type Header } from '../core/message';

/** A message as a handler sees it. */
export interface Message<T> {
  readonly value: T;
  /** As text; the bytes are in `delivery.key`. */
  readonly key: string | null;
  readonly headers: readonly Header[];
  readonly topic: string;
  /** `topic/partition/offset`, or the Pub/Sub message id: the same message has the same one each time it comes. */
  readonly id: string;
  /** When it was made, ms since 1970. */
  readonly timestamp: number;
  /** How often a handler of this consumer has been given it, this time included. */
  readonly attempt: number;
  /** Aborts when the time of this attempt is over, or the consumer gives up waiting for it. */
  readonly signal: AbortSignal;
  /** What the broker's adapter delivered. */
  readonly delivery: Delivery;
  /** The value of the first header of that name, whatever its case. */
  readonly header: (name: string) => string | undefined;
}

/** With `settle: 'manual'`. */
export interface ManualMessage<T> extends Message<T> {
  /**
   * The message need never come again. Throws ALREADY_SETTLED the second time, and DELIVERY_LOST when the message was
   * taken away meanwhile (its time was over, a rebalance, the consumer closed): then it comes again.
   */
  settle(): void;
  /** This attempt has failed: the message is tried again, and in the end a dead letter. Throws as `settle` does. */
  reject(reason: unknown): void;
}

/** All of a message but what belongs to one attempt. */
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
