import type { Broker } from '../core/ports';

/** What a broker can do; a case that needs what it cannot do is skipped by name. */
export interface BrokerCapabilities {
  /** Deliveries name their partition and offset. */
  readonly partitions: boolean;
  /** Messages with the same key arrive in the order in which they were published. */
  readonly orderWithinPartition: boolean;
  /** Messages whose value is null exist; the harness then has `publishTombstone`. */
  readonly tombstones: boolean;
  /** Two headers may have the same name. */
  readonly duplicateHeaders: boolean;
  /** A header's value may be any bytes. */
  readonly binaryHeaders: boolean;
  /** A message keeps the timestamp that its publisher gave it. */
  readonly keepsTimestamp: boolean;
  /** A reader without a group can start at what was published before it came. */
  readonly past: boolean;
  readonly lag: boolean;
  /** A topic that nobody made does not appear on first use. */
  readonly missingTopics: boolean;
  /** `attempt` counts up when a delivery comes again. */
  readonly countsAttempts: boolean;
  /** An unsettled delivery comes again after so long while its reader stays open, ms; null: only when it is closed. */
  readonly redeliverMs: number | null;
  /** How many messages it takes at once: 5,000, fewer only where the test double is slow. */
  readonly burst: number;
  /** A value of this size passes, bytes. */
  readonly largeValueBytes: number;
  /** A value of this size is refused whatever one does, bytes; null: none is. */
  readonly refusedValueBytes: number | null;
}

/** How the contract gets at a running broker and an adapter for it. */
export interface BrokerHarness {
  readonly name: string;
  readonly capabilities: BrokerCapabilities;
  /** Before the first test. */
  start(): Promise<void>;
  /** After the last test. */
  stop(): Promise<void>;
  /** A new adapter for the running broker; each test takes one and closes it. */
  createBroker(): Promise<Broker>;
  publishTombstone?(broker: Broker, topic: string, key: string): Promise<void>;
  /** Kills the broker and starts it again at the same address; it may have forgotten its topics. */
  restart?(): Promise<void>;
}
