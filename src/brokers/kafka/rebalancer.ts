import { deadline } from '../../core/async/deadline';
import { messageOf } from '../../core/errors';
import { commitOffsets, committedOffsets } from './client';
import { settledIn } from './commit-note';
import { KAFKA } from './errors';
import { PartitionAssignment, type SettledBefore } from './partition-assignment';
import type {
  NativeConsumer,
  TopicPartition,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
} from './native';
import type { SessionOptions } from './session-options';
import { endsForNewGroup } from './start-offsets';

/** How long to wait for the deliveries of a revoked partition, ms. Meanwhile the whole assignment is paused. */
const DRAIN_TIMEOUT = 10_000;
/** librdkafka's offset for the oldest available message. */
const BEGINNING = -2;

type Committed = TopicPartitionOffsetAndMetadata;

interface Listener {
  onAssigned(): void;
  onFailure(error: unknown): void;
  /** Resolves when partitions may be returned. */
  beforeUnassign(): Promise<void>;
  /** These partitions are returned now, perhaps with unsettled deliveries. */
  onReturn(assignments: readonly PartitionAssignment[]): void;
  onUnassigned(): void;
}

/**
 * Answers librdkafka's rebalances. librdkafka waits for the (un)assign *call*, not for the callback to return, so the
 * answer may be delayed. Without an answer the consumer can never be disconnected and the process never ends. The
 * callback must not throw.
 */
export class Rebalancer {
  readonly #stopping = new AbortController();
  #answer: Promise<void> | undefined;

  constructor(
    private readonly consumer: NativeConsumer,
    private readonly assignments: Map<number, PartitionAssignment>,
    private readonly options: Pick<SessionOptions, 'source' | 'log' | 'returning' | 'stale' | 'companion'>,
    private readonly listener: Listener,
  ) {}

  /** A rebalance is unanswered: the assignment must not be changed. */
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

  /** Stops waiting for deliveries; partitions that are revoked from now on are returned at once. */
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
    const newGroup = await this.#startsOfNewGroup();
    const committed = newGroup === undefined ? await this.#committed(partitions) : [];
    const stale = this.#takeStale(partitions, committed);
    this.consumer.incrementalAssign(
      newGroup === undefined ? partitions.map(startFrom(stale)) : only(newGroup, partitions),
    );
    const before = this.#settledBefore(committed.filter(({ partition }) => !stale.has(partition)));
    for (const { topic, partition } of partitions)
      this.assignments.set(
        partition,
        new PartitionAssignment(topic, partition, undefined, before.get(partition)),
      );
    // All partitions: a pause survives reassignment, and nobody would resume earlier ones.
    this.consumer.resume(this.consumer.assignments());
    this.options.log.debug({ partitions: numbersOf(partitions) }, 'partitions assigned');
    this.listener.onAssigned();
  }

  /**
   * A new group may begin at the end of the topic. Committing that for all partitions creates the group: a restart
   * and its other members begin there too, and not at a later end.
   */
  async #startsOfNewGroup(): Promise<TopicPartitionOffset[] | undefined> {
    const { source, returning } = this.options;
    if (source.from !== 'latest' || returning) return undefined;
    const starts = await endsForNewGroup(this.consumer, source.topic);
    if (starts !== undefined) await commitOffsets(this.consumer, starts);
    return starts;
  }

  /** Committed positions of the group, where they matter. */
  async #committed(partitions: readonly TopicPartition[]): Promise<readonly Committed[]> {
    const { stale, companion, log } = this.options;
    if (companion !== undefined && stale.size === 0) return [];
    const found = await committedOffsets(this.consumer, [...partitions]).catch(
      (error: unknown): Awaited<ReturnType<typeof committedOffsets>> => {
        // Needed to read a new topic from its beginning; otherwise it only saves repeated work.
        if (stale.size > 0) throw error;
        log.debug({ error: messageOf(error) }, 'cannot read what was settled beyond the committed offsets');
        return [];
      },
    );
    return found.filter((one) => (one.offset ?? -1) >= 0) as readonly Committed[];
  }

  /** Partitions where the group's position is one in a former topic of the same name. */
  #takeStale(partitions: readonly TopicPartition[], committed: readonly Committed[]): ReadonlySet<number> {
    const { stale } = this.options;
    const found = committed.filter(({ partition, offset }) => stale.get(partition) === offset);
    for (const { partition } of partitions) stale.delete(partition);
    return new Set(numbersOf(found));
  }

  /** Deliveries that were acknowledged beyond the committed positions, before a crash or a rebalance. */
  #settledBefore(committed: readonly Committed[]): ReadonlyMap<number, SettledBefore> {
    const before = new Map<number, SettledBefore>();
    if (this.options.companion !== undefined) return before;
    for (const { partition, offset, metadata } of committed) {
      const ranges = settledIn(offset, metadata);
      if (ranges === undefined) continue;
      before.set(partition, { from: offset, ranges });
      const messages = ranges.countWithin(offset, ranges.end);
      this.options.log.info({ partition, offset, messages }, 'skipping messages that were settled before');
    }
    return before;
  }

  /**
   * Partitions that are assigned during shutdown. The binding refuses to assign once it is closing. Until it is
   * terminating, which begins a moment later, librdkafka refuses to unassign foreign partitions. One of the two
   * answers it.
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
    const assignments = partitions.flatMap(({ partition }) => this.assignments.get(partition) ?? []);
    // `assignmentLost` after a disconnect crashes the process, hence this order.
    const over = this.#stopping.signal.aborted || this.consumer.assignmentLost();
    if (!over) await this.#drain(assignments);
    await this.listener.beforeUnassign();
    if (!over) this.listener.onReturn(assignments);
    this.#unassign(partitions);
  }

  async #drain(assignments: readonly PartitionAssignment[]): Promise<void> {
    const signal = deadline(DRAIN_TIMEOUT, this.#stopping.signal);
    await Promise.all(assignments.map((assignment) => assignment.drain(signal)));
    const left = assignments.reduce((sum, { unsettled }) => sum + unsettled, 0);
    // Settled offsets were stored at once; unassigning commits them.
    if (left > 0)
      this.options.log.warn(
        { left },
        'partitions revoked with unsettled deliveries; these will be redelivered',
      );
  }

  #unassign(partitions: TopicPartition[]): void {
    for (const { partition } of partitions) {
      const assignment = this.assignments.get(partition);
      if (assignment !== undefined) assignment.state = 'lost';
      this.assignments.delete(partition);
    }
    this.consumer.incrementalUnassign(partitions);
    this.options.log.debug({ partitions: numbersOf(partitions) }, 'partitions revoked');
    this.listener.onUnassigned();
  }
}

function startFrom(stale: ReadonlySet<number>): (one: TopicPartition) => TopicPartition {
  return (one) => (stale.has(one.partition) ? { ...one, offset: BEGINNING } : one);
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
