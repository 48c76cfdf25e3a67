import type { Delivery, OutgoingMessage } from './message';
import type { Outcome } from './prediction';
import type { SeekMove, SeekTarget } from './seek';
import type { ScanOptions, TopicScan } from './topic-scan';

/** State of a connection; `/readyz` shows the reason while it is not `up`. */
export interface ConnectionStatus {
  readonly state: 'connecting' | 'up' | 'down' | 'closed';
  /** Why it is not up, as a sentence for people; absent when it is up. */
  readonly reason?: string;
}

/** How far the reader is behind in one partition (Pub/Sub: in the subscription, partition null). */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number | null;
  /** Messages between the next one to settle and the end. */
  readonly messages: number;
}

/** What a source does, besides nothing being received, while an operator has paused the stream. */
export interface SourcePause {
  /** Returns leased messages to the broker, or shows the other members of the group that this one is alive. */
  pause(): void;
  resume(): void;
  /** Changes the largest number of messages leased at a time; absent where nothing is leased. */
  limitLeases?(most: number): void;
}

/**
 * A source of deliveries.
 *
 * The pipeline calls `open` once, then `receive` repeatedly (never two at a time), `settle` at any time and in any
 * order, and `close` once, also after a failed `open`. Losing the broker is not an error of `receive`: the source
 * reconnects with back-off, reports it in `status()`, and `receive` returns nothing meanwhile.
 */
export interface MessageSource {
  /**
   * Connects, and resolves when messages can be received. While the broker is down it retries until `signal` aborts;
   * then it rejects with ABORTED. Rejects immediately only for errors that retrying cannot fix.
   */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Resolves with at most `max` deliveries as soon as there are any, and with none after a short time or when
   * `signal` aborts. A closed source resolves with none in the next turn of the event loop, so that a loop around it
   * cannot starve that. A received delivery belongs to the caller until it is settled; unsettled ones are
   * redelivered. Rejects only with FENCED: another process has replaced this one permanently.
   */
  receive(max: number, signal: AbortSignal): Promise<Delivery[]>;
  /** Acknowledges deliveries whose outcomes are durable. Deliveries of a lost assignment are ignored. */
  settle(deliveries: readonly Delivery[]): void;
  /**
   * False once a delivery is known to be settled or revoked (a rebalance, an expired lease, `close`): settling it
   * would have no effect. A reader without a group keeps its deliveries.
   */
  isCurrent(delivery: Delivery): boolean;
  /** Empty where the broker does not report it. */
  lag(): Promise<readonly PartitionLag[]>;
  /** Errors that the broker's client has reported since the start, by code; absent where there are no codes. */
  errors?(): ReadonlyMap<string, number>;
  /**
   * Messages received since the start and not handed out, because they had been settled before a restart or a
   * rebalance. Absent where settled messages are never redelivered.
   */
  readonly repeatsSkipped?: number | undefined;
  /**
   * Calls `listener` for each confirmed commit with the time since the oldest settle in it, ms. One listener. Absent
   * where acknowledgements are not confirmed.
   */
  onCommitted?(listener: (ms: number) => void): void;
  status(): ConnectionStatus;
  /**
   * For brokers that lease messages ahead of `receive`: stops leasing. The caller receives nothing more, and settles
   * its deliveries for at most `withinMs` before it calls `close`. So `close` returns few messages to the broker,
   * which counts each return as a failed delivery. Absent where nothing is counted.
   */
  stop?(withinMs: number): void;
  /**
   * Moves the position, durably, of this reader's partitions or of the whole subscription. Called while the caller
   * receives nothing and holds no delivery. Rejects with USAGE for a position that does not exist, and with a retryable
   * error when it is unknown what was changed. Absent where the position cannot be moved.
   */
  seek?(target: SeekTarget): Promise<readonly SeekMove[]>;
  /** For a pause that an operator ends, perhaps after days. Absent where nothing but `receive` matters. */
  readonly pausing?: SourcePause;
  /** Makes earlier settles durable, leaves the group and frees all resources within a few seconds. */
  close(): Promise<void>;
}

/** One message that a sink can never publish in its present form: `OUTCOME_TOO_LARGE`. */
export interface RefusedMessage {
  readonly index: number;
  readonly reason: string;
}

/** A destination of messages. */
export interface MessageSink {
  /** Connects; retries while the broker is down until `signal` aborts. */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the broker has confirmed all messages except the returned ones, which it always refuses as too
   * large. Rejects with a retryable error when it is unknown whether they arrived: the caller publishes the same
   * messages again.
   *
   * @param more further messages follow at once: these may wait briefly, to be sent together
   */
  publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    more?: boolean,
  ): Promise<readonly RefusedMessage[]>;
  status(): ConnectionStatus;
  /** Resolves when every message passed to `publish` has been confirmed or has failed. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Content of one transaction: all of it is committed, or nothing. */
export interface TransactionContent {
  /** By topic. */
  readonly messages: ReadonlyMap<string, readonly OutgoingMessage[]>;
  /** The deliveries whose outcomes the messages are, in the order in which `finish` returned them. */
  readonly deliveries: readonly Delivery[];
}

/**
 * `committed`: all messages are visible and the source has advanced past all deliveries. Otherwise nothing was
 * committed. `too large`: the broker always refuses a message, or all of them together, as too large. `stale`: the
 * assignment of a delivery ended, and it will be redelivered.
 */
export type CommitResult = 'committed' | 'too large' | 'stale';

/**
 * A source with publishing that advances it in the same step. So a reader of committed messages sees exactly one
 * outcome of each delivery, even after crashes. The source is opened and closed like any other, and never settled.
 *
 * After a crash the source resumes from one position in each partition. A transaction may therefore hold an outcome
 * only together with, or after, those of all earlier deliveries of its partition. The caller reports outcomes with
 * `finish`, which returns the deliveries that may be committed, and commits them in that order.
 */
export interface Transactions {
  readonly source: MessageSource;
  /**
   * Reports that these have outcomes now. Returns those of them and of earlier calls that may be committed from now
   * on. Deliveries that are not current are ignored.
   */
  finish(deliveries: readonly Delivery[]): readonly Delivery[];
  /** False once its assignment ended: it will be redelivered, and its outcome must be dropped. */
  isCurrent(delivery: Delivery): boolean;
  /**
   * One at a time. Rejects with FENCED when another process has permanently replaced this one. Rejects with any other
   * error when nothing was committed, or when that is unknown. In the second case the deliveries soon stop being
   * current, and those without a committed outcome are redelivered. The caller drops the deliveries that are not
   * current and commits the rest again.
   */
  commit(content: TransactionContent): Promise<CommitResult>;
  /** Calls `listener` each time deliveries stopped being current. One listener. */
  onStale(listener: () => void): void;
  /** Approximate number of messages that wait in the topic; 0 if unknown. Cheap. */
  readonly backlog: number;
  /** State of the publishing side. */
  status(): ConnectionStatus;
}

/**
 * Creates and deletes topics (on Pub/Sub: topics and subscriptions). When `signal` aborts, both reject with ABORTED
 * at once where the client can stop waiting, else when their requests end.
 */
export interface BrokerAdmin {
  /** Existing topics are left unchanged; returns the names of the created ones. */
  createTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]>;
  /** Returns the names of the topics that existed and are now deleted. */
  deleteTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]>;
  close(): Promise<void>;
}

export interface TopicRequest {
  readonly topic: string;
  /** Kafka and memory. */
  readonly partitions?: number;
  /** Kafka: each message gets the broker's append time instead of its publisher's timestamp. */
  readonly stampedByBroker?: boolean;
  /** Pub/Sub: a subscription for the topic. */
  readonly subscription?: string;
  /** The topic itself is managed elsewhere: only its subscription is created or deleted. */
  readonly subscriptionOnly?: boolean;
}

export interface SourceOptions {
  readonly topic: string;
  /**
   * Readers of one group share the messages and resume where the group was. A standalone reader (null) sees
   * everything from `from` on and settles nothing.
   */
  readonly group: string | null;
  /** Pub/Sub: the subscription, in the role of the group. */
  readonly subscription?: string;
  readonly from: 'earliest' | 'latest';
  /**
   * For a standalone reader on a broker with partitions: by partition, the offset to resume from. Other partitions
   * are newer and are read from their oldest message, as is one whose offset no longer exists. If absent or empty,
   * `from` applies.
   */
  readonly positions?: ReadonlyMap<number, number>;
  /** Largest number of deliveries and bytes that the caller holds unsettled. */
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /**
   * Longest time that the caller may need for one delivery, ms; 0 if absent. Before that, a partition does not count
   * as stuck.
   */
  readonly handlingMs?: number;
  /**
   * Whether the caller works on deliveries, within the time that it allows itself. Meanwhile the others wait for their
   * turn, and their partitions do not count as stuck. Cheap; false if absent.
   */
  readonly isWorking?: () => boolean;
  /** Pub/Sub: largest number of messages leased at a time, received or not; `maxInFlight` if absent or larger. */
  readonly maxLeased?: number;
}

/** A time in which a broker cannot be reached. */
export interface Outage {
  /** ms since 1970. */
  readonly since: number;
  readonly reason: string;
}

/** Whether any client of a broker has lost it. */
export interface BrokerReach {
  /** null while the broker answers. */
  readonly outage: Outage | null;
  /** Calls `listener` at the end of each outage. Returns the function that removes it. */
  onReturn(listener: () => void): () => void;
}

/** A message broker: the implementation behind one name of the registry. */
export interface Broker {
  createSource(options: SourceOptions): MessageSource;
  createSink(): MessageSink;
  createAdmin(): BrokerAdmin;
  createScan(options: ScanOptions): TopicScan;
  /**
   * For a reader that names a subscription: the topic of its messages. Rejects with TOPIC_MISSING when either does
   * not exist, with BROKER_REFUSED when the broker does not reveal it, and with BROKER_UNREACHABLE.
   */
  topicOf?(subscription: string): Promise<string>;
  /** Only where the broker can publish and advance a source in one step. `group` is required. */
  createTransactions?(options: SourceOptions): Transactions;
  /** Absent where the broker lives in this process. */
  readonly reach?: BrokerReach;
  /**
   * Only where clients authenticate with tokens: gets one, and resolves with its owner. Rejects with
   * IDENTITY_UNAVAILABLE or IDENTITY_REFUSED.
   */
  identity?(): Promise<string>;
  /** Frees shared resources (an in-process cluster, a client). */
  close(): Promise<void>;
}

/** Makes outcomes durable and then advances the source. */
export interface Outbox {
  /** True while the broker does not confirm: no new messages should be taken meanwhile. */
  readonly stalled: boolean;
  /**
   * Resolves with the durable outcomes: the broker confirmed them and their deliveries are settled. Abandoned
   * outcomes are missing: their deliveries were revoked from this process and are redelivered. Waits while the broker
   * is away. Rejects when the `signal` of the constructor aborts, or with FENCED when another process has replaced
   * this one; unconfirmed outcomes are then not settled.
   *
   * @param more further outcomes follow at once: throughput matters more than the latency of these
   */
  deliver(outcomes: readonly Outcome[], more?: boolean): Promise<readonly Outcome[]>;
}

/** Is notified of durable outcomes: results store, live feed, printing. Must be quick and never throw. */
export interface OutcomeObserver {
  onOutcomes(outcomes: readonly Outcome[], publishMs: number): void;
}

/** The logger of the core; pino implements it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
