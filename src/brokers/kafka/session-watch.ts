import { StreamInferError } from '../../core/errors';
import type { ConnectionStatus, PartitionLag } from '../../core/ports';
import { unreadableBatch } from './codec';
import { GroupWatch } from './group-watch';
import { Health } from './health';
import { tokensOf } from './identity/authenticated-sdk';
import type { PartitionAssignment } from './partition-assignment';
import type { NativeConsumer } from './native';
import { passThrough } from './passing-member';
import type { SessionOptions } from './session-options';
import { Stalls, type Stall } from './stalls';
import { hasReachableBroker, lagOf, type PartitionStatistics, type Statistics } from './statistics';

/** A partition that is stuck for this time is reported, ms. */
const REPORT_STALL = 20_000;
/**
 * A stuck partition without received messages ends the session after this time, ms: a new client requests everything
 * again.
 */
const END_STALL = 30_000;
/** A stall that outlasted one new client is not the client's fault; it is retried after this time, ms. */
const SAME_STALL = 600_000;
/** A member that could not join within this and its session time-out retries with a new client, ms. */
const END_JOIN = 15_000;
/** Joining a group takes about 3 s; after this time the reason is reported, ms. */
const LONG_JOIN = 5_000;

export interface Watched {
  readonly consumer: NativeConsumer;
  readonly assignments: ReadonlyMap<number, PartitionAssignment>;
  /** Nobody receives messages at present. */
  isPaused(): boolean;
  fail(error: StreamInferError): void;
}

/** State of one session's broker, partitions and group, and the consequences of trouble. */
export class SessionWatch {
  readonly health: Health;
  readonly #stalls = new Stalls();
  /** Since when this member has waited for an assignment; undefined when it has one. */
  #joiningSince: number | undefined;
  #joinState: string | undefined;
  #isClosed = false;
  #reportedJoining = false;
  #partitions: Readonly<Record<string, PartitionStatistics>> = {};
  #group: GroupWatch | undefined;
  /** The last received offset of each assignment when a batch could not be decompressed. */
  #whenUnreadable = new Map<PartitionAssignment, number>();
  /** The last stall that was logged. */
  #reported: PartitionAssignment | undefined;

  constructor(
    private readonly options: SessionOptions,
    private readonly session: Watched,
  ) {
    const { address, outages, onStatus } = options;
    this.health = new Health({ address, outages, onChange: onStatus, tokens: tokensOf(options.sdk) });
  }

  /** The session is connected. */
  start(): void {
    const { sdk, observer, properties, source, log } = this.options;
    const { group, topic } = source;
    if (group === null || observer === undefined) return;
    this.#group = new GroupWatch({
      ...{ sdk, properties: observer, topic, group, log },
      handlingMs: source.handlingMs ?? 0,
      ours: () => this.#ours(),
      reassign: () => passThrough(sdk, properties, topic),
      onNewTopic: (since) => this.#onNewTopic(since),
    });
  }

  /** Everything is known that is required before the first message is received. */
  get isReady(): boolean {
    return this.#group?.checked ?? true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#group?.close();
  }

  /** Partitions of the topic by number, as far as the client knows them. */
  get partitions(): Readonly<Record<string, PartitionStatistics>> {
    return this.#partitions;
  }

  onStatistics(statistics: Statistics): void {
    if (this.#isClosed) return;
    this.health.onStatistics(statistics);
    this.#partitions = statistics.topics?.[this.options.source.topic]?.partitions ?? {};
    this.#onJoinState(statistics.cgrp?.join_state);
    this.#group?.unfetchedEnds.refresh(this.session.isPaused() ? [...this.session.assignments.keys()] : []);
    if (!hasReachableBroker(statistics) || this.health.unreachableMs > 0 || this.session.isPaused())
      return this.#stalls.clear();
    const { isWorking, maxInFlight: mostAhead } = this.options.source;
    this.#stalls.evaluate(this.session.assignments.values(), this.#partitions, performance.now(), {
      ...{ isWorking: isWorking?.() ?? false, mostAhead },
    });
    const stall = this.#toTell();
    if (stall !== undefined) this.#warnOnce(stall);
    const longest = this.#stalls.longest(END_STALL);
    if (longest?.assignment.unsettled === 0) this.#onStall(longest);
  }

  /** Called repeatedly, also without statistics. */
  check(): void {
    const { lost } = this.health;
    if (lost !== undefined) this.session.fail(lost);
    else if (this.#joiningMs > this.#sessionTimeout + END_JOIN && this.health.unreachableMs === 0)
      this.#end(`Kafka does not admit this process to the group ${this.options.source.group}.`);
  }

  /**
   * A batch cannot be decompressed, in an unknown partition: the candidates are the partitions without progress since
   * the last such error.
   */
  onUnreadableBatch(error: unknown): void {
    const { errors, sdk, source } = this.options;
    const before = this.#whenUnreadable;
    const assignments = [...this.session.assignments.values()];
    this.#whenUnreadable = new Map(assignments.map((assignment) => [assignment, assignment.taken]));
    const places = assignments
      .filter((assignment) => before.get(assignment) === assignment.taken && assignment.unsettled === 0)
      .map((assignment) => ({
        partition: assignment.partition,
        offset: this.#nextOf(assignment),
        end: this.#highOffset(assignment.partition) ?? 0,
      }))
      .filter(({ offset, end }) => offset < end);
    if (places.length === 0) errors.count(error);
    else errors.note(error, unreadableBatch(source.topic, places, sdk.features).message);
  }

  status(): ConnectionStatus {
    const status = this.health.status();
    if (status.state !== 'up') return status;
    const reasons = [this.#joining(), this.#orphaned(), this.#stalled(), this.options.errors.reason];
    const reason = reasons.filter((one) => one !== undefined).join(' ');
    return reason === '' ? status : { state: 'down', reason };
  }

  lag(): PartitionLag[] {
    const { topic } = this.options.source;
    const ours = [...this.session.assignments.values()].flatMap((assignment) => {
      const position = assignment.position ?? this.options.positions.get(assignment.partition);
      const statistics = this.#partitions[String(assignment.partition)];
      const messages = lagOf(
        statistics,
        this.#highOffset(assignment.partition),
        position,
        assignment.unsettled,
      );
      return messages === undefined ? [] : [{ topic, partition: assignment.partition, messages }];
    });
    const standing = this.#group?.standing ?? [];
    return [...ours, ...standing.filter(({ partition }) => !this.session.assignments.has(partition ?? -1))];
  }

  #end(message: string): void {
    this.session.fail(new StreamInferError('SOURCE_LOST', message));
  }

  /**
   * Commits for the old topic may have arrived after the broker deleted it, and apply to the new one. Partitions
   * whose offsets went backwards since then have noticed it themselves.
   *
   * @param since `performance.now()` when the old topic still existed
   */
  #onNewTopic(since: number): void {
    const old = [...this.session.assignments.values()].filter(({ startedOverAt }) => startedOverAt < since);
    if (old.length === 0) return;
    for (const { partition, position } of old)
      this.options.stale.set(
        partition,
        position ?? this.#partitions[String(partition)]?.committed_offset ?? 0,
      );
    this.#end(`The topic ${this.options.source.topic} was deleted and recreated.`);
  }

  #onJoinState(state: string | undefined): void {
    // A standalone reader has a state too, which never becomes steady.
    if (this.options.source.group === null) return;
    this.#joinState = state;
    // Without a broker nobody can join: the wait begins when it is back.
    const isJoining = state !== 'steady' && state !== undefined && this.health.unreachableMs === 0;
    if (!isJoining) this.#joiningSince = undefined;
    else this.#joiningSince ??= performance.now();
    this.#reportJoining(this.#joining());
  }

  #reportJoining(reason: string | undefined): void {
    if (reason !== undefined && !this.#reportedJoining) this.options.log.warn({}, reason);
    this.#reportedJoining = reason !== undefined;
  }

  get #sessionTimeout(): number {
    return Number(this.options.properties['session.timeout.ms'] ?? 45_000);
  }

  /** How long this member has waited for its partitions, ms; 0 when it does not wait. */
  get #joiningMs(): number {
    return this.#joiningSince === undefined ? 0 : performance.now() - this.#joiningSince;
  }

  #joining(): string | undefined {
    if (this.#joiningMs < LONG_JOIN) return undefined;
    return (
      `Kafka has not admitted this process to the group ${this.options.source.group} yet; it waits for the session of a killed ` +
      `member to expire (up to ${this.#sessionTimeout / 1_000} s).`
    );
  }

  /** During a rebalance partitions are legitimately unassigned. */
  #ours(): ReadonlySet<number> {
    return new Set(
      this.#joinState === 'steady'
        ? this.session.assignments.keys()
        : Object.keys(this.#partitions).map(Number),
    );
  }

  #orphaned(): string | undefined {
    const standing = this.#group?.standing ?? [];
    if (standing.length === 0) return undefined;
    const names = standing.map(({ topic, partition }) => `${topic}/${partition}`).join(', ');
    return `No member of the group ${this.options.source.group} advances ${names}, although messages wait there.`;
  }

  #stalled(): string | undefined {
    const stall = this.#toTell();
    return stall === undefined ? undefined : `${this.#describe(stall)}.`;
  }

  #toTell(): Stall | undefined {
    return this.#stalls.longest(REPORT_STALL + (this.options.source.handlingMs ?? 0));
  }

  #warnOnce(stall: Stall): void {
    if (this.#reported === stall.assignment) return;
    this.#reported = stall.assignment;
    const { topic, partition } = stall.assignment;
    this.options.log.warn(
      { topic, partition, offset: this.#offsetOf(stall.assignment) },
      this.#describe(stall),
    );
  }

  #onStall(stall: Stall): void {
    const { stalls } = this.options;
    const { assignment } = stall;
    const before = stalls.get(assignment.name);
    const isSame =
      before?.offset === this.#offsetOf(assignment) && performance.now() - before.at < SAME_STALL;
    if (isSame) return;
    stalls.set(assignment.name, { offset: this.#offsetOf(assignment), at: performance.now() });
    this.#end(`${this.#describe(stall)}, and no messages of it are received.`);
  }

  #describe({ assignment, ms }: Stall): string {
    return `${assignment.name} has been stuck at offset ${this.#offsetOf(assignment)} for ${Math.round(ms / 1_000)} s`;
  }

  /** The offset of the message that blocks the partition. */
  #offsetOf(assignment: PartitionAssignment): number {
    return assignment.position ?? this.#nextOf(assignment);
  }

  /** The offset of the next message from the client. */
  #nextOf({ taken, partition }: PartitionAssignment): number {
    if (taken >= 0) return taken + 1;
    const statistics = this.#partitions[String(partition)];
    return Math.max(statistics?.committed_offset ?? 0, statistics?.lo_offset ?? 0, 0);
  }

  #highOffset(partition: number): number | undefined {
    const ends = [this.#fetchedEnd(partition), this.#group?.unfetchedEnds.of(partition)];
    const known = ends.filter((end) => end !== undefined && end >= 0) as number[];
    return known.length === 0 ? undefined : Math.max(...known);
  }

  /** From the cache: the broker's last answer to a fetch. */
  #fetchedEnd(partition: number): number | undefined {
    try {
      return this.session.consumer.getWatermarkOffsets(this.options.source.topic, partition).highOffset;
    } catch {
      return undefined;
    }
  }
}
