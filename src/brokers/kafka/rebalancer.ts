import { deadline } from '../../core/async/deadline';
import { commitOffsets, committedOffsets } from './client';
import { KAFKA } from './errors';
import { Lease } from './lease';
import type { NativeConsumer, TopicPartition, TopicPartitionOffset } from './native';
import type { SessionOptions } from './session-options';
import { endsForNewGroup } from './start-offsets';

/** How long deliveries of a revoked partition are waited for, ms. Meanwhile the whole assignment stands still. */
const DRAIN_TIMEOUT = 10_000;
/** librdkafka's offset for the oldest message that is left. */
const BEGINNING = -2;

interface Listener {
  onAssigned(): void;
  onFailure(error: unknown): void;
  /** Resolves when partitions may be given back. */
  beforeUnassign(): Promise<void>;
  onUnassigned(): void;
}

/**
 * Answers librdkafka's rebalances. It waits for the (un)assign *call*, not for the callback to return, so the answer may
 * come later; but come it must, or the consumer can never be disconnected and the process never ends. And nothing may
 * throw out of the callback.
 */
export class Rebalancer {
  readonly #stopping = new AbortController();
  #answer: Promise<void> | undefined;

  constructor(
    private readonly consumer: NativeConsumer,
    private readonly leases: Map<number, Lease>,
    private readonly options: Pick<SessionOptions, 'source' | 'log' | 'returning' | 'stale'>,
    private readonly listener: Listener,
  ) {}

  /** A rebalance is not answered yet: the assignment must not be touched. */
  get busy(): boolean {
    return this.#answer !== undefined;
  }

  onRebalance(code: number, partitions: TopicPartition[]): void {
    const answer = this.#respond(code, partitions)
      .catch((error: unknown) => this.listener.onFailure(error))
      .finally(() => {
        if (this.#answer === answer) this.#answer = undefined;
      });
    this.#answer = answer;
  }

  /** Ends waiting for deliveries; partitions revoked from now on are let go at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#answer;
  }

  async #respond(code: number, partitions: TopicPartition[]): Promise<void> {
    if (code === KAFKA.ASSIGN_PARTITIONS) await this.#assign(partitions);
    else if (code === KAFKA.REVOKE_PARTITIONS) await this.#revoke(partitions);
    else {
      await this.listener.beforeUnassign();
      this.#unassign(partitions);
    }
  }

  async #assign(partitions: TopicPartition[]): Promise<void> {
    if (this.#stopping.signal.aborted) return await this.#decline(partitions);
    const starts = (await this.#startsOfNewGroup()) ?? (await this.#startsOfNewTopic(partitions));
    this.consumer.incrementalAssign(starts === undefined ? partitions : only(starts, partitions));
    for (const { topic, partition } of partitions) this.leases.set(partition, new Lease(topic, partition));
    // All of them: a pause survives reassignment, and nobody would resume those that were ours before.
    this.consumer.resume(this.consumer.assignments());
    this.options.log.debug({ partitions: numbersOf(partitions) }, 'partitions assigned');
    this.listener.onAssigned();
  }

  /**
   * A group that was never there may begin at the end. Committing that, for all partitions, makes a group of it: a restart
   * and its other members begin there too, and not at what is the end by then.
   */
  async #startsOfNewGroup(): Promise<TopicPartitionOffset[] | undefined> {
    const { source, returning } = this.options;
    if (source.from !== 'latest' || returning) return undefined;
    const starts = await endsForNewGroup(this.consumer, source.topic);
    if (starts !== undefined) await commitOffsets(this.consumer, starts);
    return starts;
  }

  /** Positions that the group still has of a topic that was there before under this name. */
  async #startsOfNewTopic(partitions: readonly TopicPartition[]): Promise<TopicPartition[] | undefined> {
    const { stale } = this.options;
    if (stale.size === 0) return undefined;
    const committed = await committedOffsets(this.consumer, [...partitions]);
    return partitions.map((one) => {
      const known = committed.find(({ partition }) => partition === one.partition)?.offset;
      const isStale = known !== undefined && known === stale.get(one.partition);
      stale.delete(one.partition);
      return isStale ? { ...one, offset: BEGINNING } : one;
    });
  }

  /**
   * Partitions that come while we leave. The binding refuses to assign once it is closing, and librdkafka refuses to
   * unassign what is not ours until it is terminating, which begins a moment later; one of the two answers it.
   */
  async #decline(partitions: TopicPartition[]): Promise<void> {
    const answers = [
      () => this.consumer.incrementalAssign(partitions),
      () => this.consumer.incrementalUnassign(partitions),
    ];
    for (let tries = 0; tries < 100; tries++) {
      if (answers.some(succeeds)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #revoke(partitions: TopicPartition[]): Promise<void> {
    const leases = partitions.flatMap(({ partition }) => this.leases.get(partition) ?? []);
    // `assignmentLost` after a disconnect crashes the process, hence this order.
    const over = this.#stopping.signal.aborted || this.consumer.assignmentLost();
    if (!over) await this.#drain(leases);
    await this.listener.beforeUnassign();
    this.#unassign(partitions);
  }

  async #drain(leases: readonly Lease[]): Promise<void> {
    const signal = deadline(DRAIN_TIMEOUT, this.#stopping.signal);
    await Promise.all(leases.map((lease) => lease.drain(signal)));
    const left = leases.reduce((sum, { unsettled }) => sum + unsettled, 0);
    // What is settled was stored as it was settled; unassigning commits it.
    if (left > 0)
      this.options.log.warn(
        { left },
        'partitions revoked before their deliveries were settled: they come again',
      );
  }

  #unassign(partitions: TopicPartition[]): void {
    for (const { partition } of partitions) {
      const lease = this.leases.get(partition);
      if (lease !== undefined) lease.state = 'lost';
      this.leases.delete(partition);
    }
    this.consumer.incrementalUnassign(partitions);
    this.options.log.debug({ partitions: numbersOf(partitions) }, 'partitions revoked');
    this.listener.onUnassigned();
  }
}

function only(offsets: readonly TopicPartition[], wanted: readonly TopicPartition[]): TopicPartition[] {
  const numbers = new Set(numbersOf(wanted));
  return offsets.filter(({ partition }) => numbers.has(partition));
}

function numbersOf(partitions: readonly TopicPartition[]): number[] {
  return partitions.map(({ partition }) => partition);
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
