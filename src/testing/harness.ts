import type { Broker } from '../core/ports';

/** Capabilities of a broker; cases that need a missing one are skipped. */
export interface BrokerCapabilities {
  /** Deliveries name their partition and offset. */
  readonly partitions: boolean;
  /** Messages with the same key arrive in the order in which they were published. */
  readonly orderWithinPartition: boolean;
  /** Messages may have the value null; the harness then has `publishTombstone`. */
  readonly tombstones: boolean;
  /** Two headers may have the same name. */
  readonly duplicateHeaders: boolean;
  /** A header's value may be any bytes. */
  readonly binaryHeaders: boolean;
  /** A message keeps the timestamp of its publisher. */
  readonly keepsTimestamp: boolean;
  /** A standalone reader can start at older messages. */
  readonly past: boolean;
  readonly lag: boolean;
  /** A missing topic is not created on first use. */
  readonly missingTopics: boolean;
  /** `attempt` counts redeliveries. */
  readonly countsAttempts: boolean;
  /** Time until redelivery while the reader stays open, ms; null: only after the reader is closed. */
  readonly redeliverMs: number | null;
  /** Messages accepted at once: 5,000, or fewer for a slow test double. */
  readonly burst: number;
  /** Size of a value that is accepted, bytes. */
  readonly largeValueBytes: number;
  /** Size of a value that is always refused, bytes; null: none. */
  readonly refusedValueBytes: number | null;
}

/** Gives the contract a running broker and an adapter for it. */
export interface BrokerHarness {
  readonly name: string;
  readonly capabilities: BrokerCapabilities;
  /** Called before the first test. */
  start(): Promise<void>;
  /** Called after the last test. */
  stop(): Promise<void>;
  /** Creates an adapter for the running broker; each test closes its own. */
  createBroker(): Promise<Broker>;
  publishTombstone?(broker: Broker, topic: string, key: string): Promise<void>;
  /** Kills the broker and restarts it at the same address; its topics may be lost. */
  restart?(): Promise<void>;
}
