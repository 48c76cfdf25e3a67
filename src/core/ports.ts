import type { ImageFormat, InvertMode } from './image';
import type { Delivery, OutgoingMessage } from './message';
import type { ModelIdentity, Outcome, Rejection } from './prediction';

/** How a connection stands; `/readyz` shows the reason while it is not `up`. */
export interface ConnectionStatus {
  readonly state: 'connecting' | 'up' | 'down' | 'closed';
  /** Why it is not up, as a sentence for people; absent when it is. */
  readonly reason?: string;
}

/** How far the reader is behind in one partition (Pub/Sub: in the subscription, partition null). */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number | null;
  /** Messages between the next one to settle and the end. */
  readonly messages: number;
}

/**
 * Where deliveries come from.
 *
 * The pipeline calls `open` once, then `receive` over and over (never two at a time), `settle` at any moment and in any
 * order, and `close` once, also after a failed `open`. Losing the broker is not an error of `receive`: the source
 * rebuilds its connection with back-off, says so in `status()`, and `receive` just finds nothing meanwhile.
 */
export interface MessageSource {
  /**
   * Connects, and resolves when the first messages can be taken. While the broker is down it keeps trying until
   * `signal` aborts (then it rejects with ABORTED). Rejects at once only for what waiting cannot mend.
   */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Resolves with at most `max` deliveries as soon as there are any, and with none after a short while or when `signal`
   * aborts. A closed source finds nothing, one turn of the event loop later, so that no loop around it can starve that.
   * A delivery that was received is the caller's until it is settled; unsettled ones come again to some reader.
   */
  receive(max: number, signal: AbortSignal): Promise<Delivery[]>;
  /** These need never come again: each one's outcome is durable. Deliveries of a lost assignment are ignored. */
  settle(deliveries: readonly Delivery[]): void;
  /** Empty where the broker does not tell. */
  lag(): Promise<readonly PartitionLag[]>;
  status(): ConnectionStatus;
  /** Makes the settles so far durable, leaves the group and frees everything. Takes no longer than some seconds. */
  close(): Promise<void>;
}

/** One message that a sink could not publish and never will as it is: `OUTCOME_TOO_LARGE`. */
export interface RefusedMessage {
  readonly index: number;
  readonly reason: string;
}

/** Where messages go. */
export interface MessageSink {
  /** Connects; keeps trying while the broker is down until `signal` aborts. */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the broker has confirmed all messages but those in the returned list, which it refuses as too large
   * whatever one does. Rejects with a retryable error when it is unknown whether they arrived: the caller publishes
   * the same messages again.
   */
  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<readonly RefusedMessage[]>;
  status(): ConnectionStatus;
  /** Resolves when everything handed to `publish` has been confirmed or has failed. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes and removes topics (on Pub/Sub: topics and subscriptions). When `signal` aborts, both reject with ABORTED at
 * once where the client can stop waiting, else they end when their requests do.
 */
export interface BrokerAdmin {
  /** Existing topics are left as they are; the names of those that were made are returned. */
  createTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]>;
  /** Names of the topics that were there and are deleted now. */
  deleteTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]>;
  close(): Promise<void>;
}

export interface TopicRequest {
  readonly topic: string;
  /** Kafka and memory. */
  readonly partitions?: number;
  /** Pub/Sub: a subscription to go with the topic. */
  readonly subscription?: string;
}

export interface SourceOptions {
  readonly topic: string;
  /**
   * Readers of one group share the messages and continue where the group was. null is a reader of its own that sees
   * everything from `from` on, and settles nothing.
   */
  readonly group: string | null;
  /** Pub/Sub: the subscription that plays the group's part. */
  readonly subscription?: string;
  readonly from: 'earliest' | 'latest';
  /** The most deliveries and bytes that the caller will hold unsettled. */
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
}

/** A message broker: what stands behind one name of the registry. */
export interface Broker {
  createSource(options: SourceOptions): MessageSource;
  createSink(): MessageSink;
  createAdmin(): BrokerAdmin;
  /** Frees what the three share (an in-process cluster, a client). */
  close(): Promise<void>;
}

/**
 * A batch on its way to one worker, in columns: image `i` is `bytes[offsets[i] … offsets[i + 1]]` in `formats[i]`.
 * The buffers are copies of what the messages hold, and stay the caller's.
 */
export interface PackedBatch {
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** size + 1 entries. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** How each image is to be read: see `formatCode`. */
  readonly formats: Uint8Array<ArrayBuffer>;
}

/** What a worker found inside an encoded image or its envelope. */
export interface Decoded {
  /** 28×28 uint8, row-major. */
  readonly pixels: Uint8Array;
  /** From a JSON or CloudEvents envelope. */
  readonly id?: string;
  readonly label?: number;
}

/** One result for each item, in columns. An item with a failure has no valid probabilities. */
export interface BatchResult {
  /** size × 10, row-major. */
  readonly probabilities: Float32Array;
  readonly failures: ReadonlyMap<number, Rejection>;
  /** For the items that were not raw pixels. */
  readonly decoded: ReadonlyMap<number, Decoded>;
  /** Decoding and inference in the worker, ms. */
  readonly inferenceMs: number;
}

/** Classifies batches. */
export interface Classifier {
  readonly model: ModelIdentity;
  /** How many batches it can work on at the same time. */
  readonly parallelism: number;
  /**
   * Never rejects for one bad image: that is a failure in the result. Rejects with WORKER_CRASH or WORKER_TIMEOUT when
   * the worker was lost with the whole batch.
   */
  classify(batch: PackedBatch): Promise<BatchResult>;
}

/** An image on its way to the classifier. */
export interface WorkItem {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** Instead of the pool's own setting. */
  readonly invert?: InvertMode | undefined;
}

/** Makes outcomes durable and then advances the source. */
export interface Outbox {
  /**
   * Resolves when each outcome is confirmed by the broker and its delivery is settled. Waits as long as the broker is
   * away; rejects only when `signal` given at creation aborts, and has then settled nothing that is not confirmed.
   */
  deliver(outcomes: readonly Outcome[]): Promise<void>;
}

/** Sees what became durable: results store, live feed, printing. Must be quick and never throw. */
export interface OutcomeObserver {
  onOutcomes(outcomes: readonly Outcome[], publishMs: number): void;
}

/** What the core wants to say; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
