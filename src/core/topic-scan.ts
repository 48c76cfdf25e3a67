import type { Delivery } from './message';
import type { ScanBounds, ScanRange } from './scan-range';

export interface ScanOptions {
  readonly topic: string;
  /**
   * Under this name the broker remembers which messages were settled in earlier scans, and leaves them out (Kafka: a
   * consumer group). null remembers and leaves out nothing. Pub/Sub has the subscription for that.
   */
  readonly memory: string | null;
  /** Pub/Sub: what is read; its messages are leased until they are settled or the scan is closed. */
  readonly subscription: string;
  /** Only this part of the topic; all of it if absent. Brokers without offsets refuse one with USAGE. */
  readonly range?: ScanRange | undefined;
}

/**
 * Reads what a topic holds now, once, from its oldest message to its present end: what is published meanwhile is left
 * for the next scan, so that a scan whose reader publishes has an end. It takes nothing away from other readers of a
 * Kafka topic.
 *
 * Call `open` once, `next` until it finds nothing (never two at a time), `settle` at any moment, `close` always.
 */
export interface TopicScan {
  /**
   * Rejects with TOPIC_MISSING, BROKER_UNREACHABLE or BROKER_REFUSED: a scan does not wait for its broker. Rejects with
   * USAGE for a range in which there is nothing.
   */
  open(signal: AbortSignal): Promise<void>;
  /** What is read of each partition, once it is open; empty where the broker has no offsets. */
  readonly bounds: readonly ScanBounds[];
  /** The next messages; none at the end, or when `signal` aborts. Rejects when the broker is lost on the way. */
  next(signal: AbortSignal): Promise<readonly Delivery[]>;
  /** These were dealt with. Resolves when the broker will remember it; rejects when that is not known. */
  settle(deliveries: readonly Delivery[]): Promise<void>;
  /** Unsettled messages are as if they had never been read. */
  close(): Promise<void>;
}
