import type { Actor, VirtualTime } from '../virtual-time';
import { Group } from './group';
import { Network } from './network';
import { TransactionCoordinator } from './transaction-coordinator';

/** As the add-on gives them: an object for each one. */
type NativeHeaders = readonly { readonly [name: string]: Buffer }[] | undefined;

/** A message of the input topic. */
export interface Stored {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: NativeHeaders;
  readonly timestamp: number;
}

/** A message of an output topic. */
export interface Published {
  readonly topic: string;
  readonly text: string;
}

/** Sees what readers of committed messages see, as it happens. */
export interface Witness {
  onVisible(messages: readonly Published[]): void;
  onCommit(partition: number, from: number, to: number): void;
}

export const INPUT = 'images';
/** Between two looks for members whose sessions are over, ms. */
const EXPIRY_MS = 250;

/** One broker: the partitions of the input topic, the topics of outcomes, a group, transactions, and the network. */
export class Cluster {
  readonly partitions: readonly Stored[][];
  readonly group: Group;
  readonly network: Network;
  readonly transactions: TransactionCoordinator;
  /** Largest message of each output topic, characters. */
  largest = 200;
  /** The client never reads the next partition that it is assigned: librdkafka's issue 5586. */
  forgetsPartitions = 0;
  /** Last sequence number of each producer. */
  readonly #sequences = new Map<object, number>();

  constructor(
    readonly time: VirtualTime,
    partitions: number,
    private readonly witness: Witness,
  ) {
    this.partitions = Array.from({ length: partitions }, () => []);
    this.network = new Network(time);
    this.group = new Group(time, partitions, (...change) => witness.onCommit(...change));
    this.transactions = new TransactionCoordinator(time, this.group, (messages) =>
      witness.onVisible(messages),
    );
    this.#expire();
  }

  append(partition: number, message: { key: string | null; value: Buffer; headers?: NativeHeaders }): void {
    const { key, value, headers } = message;
    const timestamp = Date.now();
    this.partitions[partition]?.push({
      ...{ key: key === null ? null : Buffer.from(key), value, headers, timestamp },
    });
  }

  /** An idempotent append: a repetition is recognised by the producer's sequence number. */
  publish(producer: object, sequence: number, messages: readonly Published[]): 'taken' | 'too large' {
    if (messages.some(({ text }) => text.length > this.largest)) return 'too large';
    if ((this.#sequences.get(producer) ?? -1) >= sequence) return 'taken';
    this.#sequences.set(producer, sequence);
    this.witness.onVisible(messages);
    return 'taken';
  }

  #expire(): void {
    this.time.after(EXPIRY_MS, null, () => {
      // A broker that was down gives all members a new session.
      if (!this.network.weather.isBrokerDown) this.group.expire();
      this.#expire();
    });
  }
}

/** Where a client runs: the part of a process that the simulated add-on needs. */
export interface Host extends Actor {
  readonly cluster: Cluster;
  /** The network between this process and the broker is down until then, virtual ms. */
  cutUntil: number;
}
