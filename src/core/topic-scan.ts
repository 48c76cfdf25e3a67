import type { Delivery } from './message';
import type { ScanBounds, ScanRange } from './scan-range';

export interface ScanOptions {
  readonly topic: string;
  /**
   * Name under which the broker remembers the settled messages of earlier scans, to skip them (Kafka: a consumer
   * group). null remembers and skips nothing. Pub/Sub uses the subscription for that; with a range,
   * it remembers nothing.
   */
  readonly memory: string | null;
  /** Pub/Sub: the subscription to read; its messages are leased until they are settled or the scan is closed. */
  readonly subscription: string;
  /** Only this part of the topic; all of it if absent. Pub/Sub reads it through a temporary subscription. */
  readonly range?: ScanRange | undefined;
}

/**
 * Reads the present content of a topic once, from its oldest message to its end. Later messages are left for the next
 * scan, so that a scan whose reader publishes ends. It does not affect other readers of a Kafka topic.
 *
 * Call `open` once, `next` until it returns nothing (never two at a time), `settle` at any time, `close` always.
 */
export interface TopicScan {
  /**
   * Rejects with TOPIC_MISSING, BROKER_UNREACHABLE or BROKER_REFUSED: a scan does not wait for its broker. Rejects
   * with USAGE for an empty range.
   */
  open(signal: AbortSignal): Promise<void>;
  /** The part of each partition that is read, once it is open; empty where the broker has no offsets. */
  readonly bounds: readonly ScanBounds[];
  /** The next messages; none at the end, or when `signal` aborts. Rejects when the broker is lost during the scan. */
  next(signal: AbortSignal): Promise<readonly Delivery[]>;
  /** Marks these as processed. Resolves when the broker will remember it; rejects when that is unknown. */
  settle(deliveries: readonly Delivery[]): Promise<void>;
  /** Unsettled messages are treated as if they had never been read. */
  close(): Promise<void>;
}
