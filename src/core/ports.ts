import type { PixelSums } from './baseline';
import type { BatchColumns } from './columns';
import type { ImageFormat, InvertMode } from './image';
import type { Delivery, OutgoingMessage } from './message';
import type { ModelShape } from './model-shape';
import type { ModelIdentity, Outcome, Rejection } from './prediction';
import type { ScanOptions, TopicScan } from './topic-scan';

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
   * Rejects only with FENCED: another process has taken this one's place, for good.
   */
  receive(max: number, signal: AbortSignal): Promise<Delivery[]>;
  /** These need never come again: each one's outcome is durable. Deliveries of a lost assignment are ignored. */
  settle(deliveries: readonly Delivery[]): void;
  /**
   * False once it is known here that a delivery was settled or taken away (a rebalance, a lease that ended, `close`):
   * settling it would do nothing. A reader without a group keeps what it was given.
   */
  isCurrent(delivery: Delivery): boolean;
  /** Empty where the broker does not tell. */
  lag(): Promise<readonly PartitionLag[]>;
  /** Errors that the broker's client has reported since the start, by their code; absent where there are no codes. */
  errors?(): ReadonlyMap<string, number>;
  status(): ConnectionStatus;
  /**
   * Where messages are leased ahead of `receive`: leases no more. The caller receives nothing more, and still settles what
   * it has, for at most `withinMs`, before it calls `close`. So `close` returns few messages to the broker, which counts
   * each return as a failed delivery. Absent where nothing is counted.
   */
  stop?(withinMs: number): void;
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
   *
   * @param more further messages follow at once: these may wait for them a little, to be sent together
   */
  publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    more?: boolean,
  ): Promise<readonly RefusedMessage[]>;
  status(): ConnectionStatus;
  /** Resolves when everything handed to `publish` has been confirmed or has failed. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What one transaction does: all of it or nothing. */
export interface TransactionContent {
  /** By topic. */
  readonly messages: ReadonlyMap<string, readonly OutgoingMessage[]>;
  /** What the messages are the outcomes of, in the order in which `finish` returned them. */
  readonly deliveries: readonly Delivery[];
}

/**
 * `committed`: all messages are visible and the source is past all deliveries. Otherwise nothing has happened:
 * `too large`: the broker refuses a message, or all of them together, as too large whatever one does;
 * `stale`: a delivery's assignment is over, and it will come again.
 */
export type CommitResult = 'committed' | 'too large' | 'stale';

/**
 * A source, and publishing that advances it in the same step: a reader of committed messages sees exactly one outcome of
 * each delivery, whatever crashes. The source is opened and closed like any other, and never settled.
 *
 * What a source goes on from after a crash is one position in each partition, so a transaction may hold an outcome only
 * together with, or after, those of everything handed out before it in its partition: the caller tells what has its
 * outcome by `finish`, which returns what may be committed, and commits it in that order.
 */
export interface Transactions {
  readonly source: MessageSource;
  /**
   * These have their outcomes now. Returns those of them and of earlier calls that may be committed from now on.
   * Deliveries that are not current are ignored.
   */
  finish(deliveries: readonly Delivery[]): readonly Delivery[];
  /** False once its assignment is over: it comes again to some reader, and what was made of it is to be dropped. */
  isCurrent(delivery: Delivery): boolean;
  /**
   * One at a time. Rejects with FENCED when another process has taken this one's place; nothing helps then. Rejects with
   * anything else when nothing was committed, or when nobody knows: in that case the deliveries are no longer current,
   * soon at the latest, and those without a committed outcome come again. So the caller drops what is not current and
   * commits the rest again.
   */
  commit(content: TransactionContent): Promise<CommitResult>;
  /** Calls back each time after deliveries stopped being current. One listener. */
  onStale(listener: () => void): void;
  /** About how many messages wait in the topic; 0 if nobody knows. Cheap. */
  readonly backlog: number;
  /** How the publishing side stands. */
  status(): ConnectionStatus;
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
  /** Kafka: each message is to carry the time at which the broker appended it, whatever its publisher says. */
  readonly stampedByBroker?: boolean;
  /** Pub/Sub: a subscription to go with the topic. */
  readonly subscription?: string;
  /** The topic itself is somebody else's: only its subscription is made or deleted. */
  readonly subscriptionOnly?: boolean;
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
  /**
   * For a reader without a group, where the broker has partitions: by partition, the offset to go on from. Partitions that
   * are not among them are newer, and are read from their oldest message, as is one whose offset is not there any more. If
   * absent or empty, `from` counts.
   */
  readonly positions?: ReadonlyMap<number, number>;
  /** The most deliveries and bytes that the caller will hold unsettled. */
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /** How long the caller may need for one delivery, ms; 0 if absent. A partition is not taken for stuck before. */
  readonly handlingMs?: number;
  /** Pub/Sub: the most messages that are leased at a time, taken or not; `maxInFlight` if absent or larger. */
  readonly maxLeased?: number;
}

/** A message broker: what stands behind one name of the registry. */
export interface Broker {
  createSource(options: SourceOptions): MessageSource;
  createSink(): MessageSink;
  createAdmin(): BrokerAdmin;
  createScan(options: ScanOptions): TopicScan;
  /**
   * Where a reader names a subscription: the topic that its messages come from. Rejects with TOPIC_MISSING when one of both
   * is not there, with BROKER_REFUSED when nobody tells, and with BROKER_UNREACHABLE.
   */
  topicOf?(subscription: string): Promise<string>;
  /** Only where the broker can publish and advance a source in one step. `group` is a must. */
  createTransactions?(options: SourceOptions): Transactions;
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
  /** What the worker needs to write the predictions; absent where only the probabilities are wanted. */
  readonly columns?: BatchColumns | undefined;
  /** Somebody waits for the answer: it goes before all others that wait for a worker. */
  readonly urgent?: boolean;
  /** Of a batch from another process: when the clock of its columns was 0, ms on the clock of the machine. */
  readonly clockStart?: number;
}

/** The predictions of one batch, in columns. The entries of a refused image mean nothing. */
export interface PredictionColumns {
  /** JSON of `schema/prediction.v1.json`, one prediction after the other, as they are published; nothing of a refused one. */
  readonly json: Uint8Array<ArrayBuffer>;
  /** Where each one ends in `json`. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** Rounded to six digits, 0–1. */
  readonly confidences: Float64Array<ArrayBuffer>;
  /** −1 where the truth is not known. */
  readonly truths: Int32Array<ArrayBuffer>;
}

/** What a worker found inside an encoded image or its envelope. */
export interface Decoded {
  /** height × width uint8, row-major. */
  readonly pixels: Uint8Array;
  /** From a JSON or CloudEvents envelope. */
  readonly id?: string;
  readonly label?: number;
}

/** One result for each item, in columns. An item with a failure has no valid probabilities. */
export interface BatchResult {
  /** size × classes, row-major. */
  readonly probabilities: Float32Array;
  readonly failures: ReadonlyMap<number, Rejection>;
  /** For the items that were not raw pixels. */
  readonly decoded: ReadonlyMap<number, Decoded>;
  /** Decoding and inference in the worker, ms. */
  readonly inferenceMs: number;
  /** What made it, where that may change from batch to batch; the classifier's own model if absent. */
  readonly model?: ModelIdentity;
  /** Over a sample of the images that were predicted; absent where nobody summed. */
  readonly pixelSums?: PixelSums | undefined;
  /** Present where the batch had `columns`, and an image that is not among the failures. */
  readonly predictions?: PredictionColumns | undefined;
}

/** Classifies batches. */
export interface Classifier {
  /** What the next batch goes to. */
  readonly model: ModelIdentity;
  /** What images are turned into for it, and the classes; Fashion-MNIST's if absent. */
  readonly shape?: ModelShape;
  /** How many batches it can work on at the same time. */
  readonly parallelism: number;
  /**
   * Never rejects for one bad image: that is a failure in the result. Rejects with WORKER_CRASH or WORKER_TIMEOUT when
   * the worker was lost with the whole batch.
   */
  classify(batch: PackedBatch): Promise<BatchResult>;
}

/**
 * Durable record of the images that are with workers: the only trace of an image that crashes the whole process. Without
 * it such an image would be redelivered after each restart.
 */
export interface Journal {
  /** These images are about to go to a worker. Call the returned function when they are back. Never throws. */
  begin(sourceIds: readonly string[]): () => void;
  /** True if the process crashed more than once while a worker had this image. */
  isSuspected(delivery: Pick<Delivery, 'sourceId'>): boolean;
  /**
   * Classifies a suspected image alone in a child process. If that crashes, the result has a failure PROCESS_CRASH.
   * Rejects with NOT_READY (closed) or RUNTIME_UNAVAILABLE (no child process).
   */
  classifyAlone(sourceId: string, image: PackedBatch): Promise<BatchResult>;
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
  /** True while the broker does not confirm: nothing new should be taken meanwhile. */
  readonly stalled: boolean;
  /**
   * Resolves when each outcome is confirmed by the broker and its delivery is settled, with those outcomes. Missing among
   * them are the abandoned ones, whose deliveries were taken away from this process: they come again to some reader.
   * Waits as long as the broker is away; rejects when `signal` given at creation aborts, with FENCED when another process
   * has taken this one's place, and has then settled nothing that is not confirmed.
   *
   * @param more further outcomes follow at once: throughput counts for more than the time that these take
   */
  deliver(outcomes: readonly Outcome[], more?: boolean): Promise<readonly Outcome[]>;
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
