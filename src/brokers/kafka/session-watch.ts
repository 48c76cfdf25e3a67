import { StreamInferError } from '../../core/errors';
import type { ConnectionStatus, PartitionLag } from '../../core/ports';
import { unreadableBatch } from './codec';
import { GroupWatch } from './group-watch';
import { Health } from './health';
import type { Lease } from './lease';
import type { NativeConsumer } from './native';
import { passThrough } from './passing-member';
import type { SessionOptions } from './session-options';
import { Stalls, type Stall } from './stalls';
import { hasReachableBroker, lagOf, type PartitionStatistics, type Statistics } from './statistics';

/** A partition that stands still for so long is told, ms. */
const TELL_STALL = 20_000;
/** And one whose messages do not even come to us ends the session, ms: a new client asks for everything anew. */
const END_STALL = 30_000;
/** A stall that outlasted one new client is not the client's; it is tried again after so long, ms. */
const SAME_STALL = 600_000;
/** A member that the group has not taken in for this and its session time-out asks with a new client, ms. */
const END_JOIN = 15_000;
/** Joining a group takes about 3 s; whoever waits longer is told what for, ms. */
const LONG_JOIN = 5_000;

export interface Watched {
  readonly consumer: NativeConsumer;
  readonly leases: ReadonlyMap<number, Lease>;
  /** Nobody takes messages at present. */
  isPaused(): boolean;
  fail(error: StreamInferError): void;
}

/** What is known of one session's broker, partitions and group, and what follows when it is not well. */
export class SessionWatch {
  readonly health: Health;
  readonly #stalls = new Stalls();
  /** The group has not assigned anything to this member since; undefined when it has. */
  #joiningSince: number | undefined;
  #joinState: string | undefined;
  #isClosed = false;
  #toldJoining = false;
  #partitions: Readonly<Record<string, PartitionStatistics>> = {};
  #group: GroupWatch | undefined;
  /** The last offset that was taken of each when a batch could not be decompressed. */
  #whenUnreadable = new Map<Lease, number>();
  /** The last stall that was logged. */
  #told: Lease | undefined;

  constructor(
    private readonly options: SessionOptions,
    private readonly session: Watched,
  ) {
    const { address, outages, heard } = options;
    this.health = new Health({ address, outages, onChange: heard });
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

  /** What is to be known before anything is taken is known. */
  get isReady(): boolean {
    return this.#group?.looked ?? true;
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
    if (!hasReachableBroker(statistics) || this.health.unreachableMs > 0 || this.session.isPaused())
      return this.#stalls.clear();
    this.#stalls.look(this.session.leases.values(), this.#partitions);
    const stall = this.#toTell();
    if (stall !== undefined) this.#tell(stall);
    const longest = this.#stalls.longest(END_STALL);
    if (longest?.lease.unsettled === 0) this.#onStall(longest);
  }

  /** Called over and over, also when there are no statistics. */
  check(): void {
    const { lost } = this.health;
    if (lost !== undefined) this.session.fail(lost);
    else if (this.#joiningMs > this.#sessionTimeout + END_JOIN && this.health.unreachableMs === 0)
      this.#end(`Kafka does not take this process into the group ${this.options.source.group}.`);
  }

  /**
   * A batch cannot be decompressed, and nobody says where: in front of it are the partitions that have not moved since the
   * client last said so.
   */
  onUnreadableBatch(error: unknown): void {
    const { errors, sdk, source } = this.options;
    const before = this.#whenUnreadable;
    const leases = [...this.session.leases.values()];
    this.#whenUnreadable = new Map(leases.map((lease) => [lease, lease.taken]));
    const places = leases
      .filter((lease) => before.get(lease) === lease.taken && lease.unsettled === 0)
      .map((lease) => ({
        partition: lease.partition,
        offset: this.#nextOf(lease),
        end: this.#highOffset(lease.partition) ?? 0,
      }))
      .filter(({ offset, end }) => offset < end);
    if (places.length === 0) errors.count(error);
    else errors.note(error, unreadableBatch(source.topic, places, sdk.features).message);
  }

  status(): ConnectionStatus {
    const heard = this.health.status();
    if (heard.state !== 'up') return heard;
    const reasons = [this.#joining(), this.#orphaned(), this.#stalled(), this.options.errors.reason];
    const reason = reasons.filter((one) => one !== undefined).join(' ');
    return reason === '' ? heard : { state: 'down', reason };
  }

  lag(): PartitionLag[] {
    const { topic } = this.options.source;
    const ours = [...this.session.leases.values()].flatMap((lease) => {
      const position = lease.position ?? this.options.positions.get(lease.partition);
      const statistics = this.#partitions[String(lease.partition)];
      const messages = lagOf(statistics, this.#highOffset(lease.partition), position, lease.unsettled);
      return messages === undefined ? [] : [{ topic, partition: lease.partition, messages }];
    });
    const standing = this.#group?.standing ?? [];
    return [...ours, ...standing.filter(({ partition }) => !this.session.leases.has(partition ?? -1))];
  }

  #end(message: string): void {
    this.session.fail(new StreamInferError('SOURCE_LOST', message));
  }

  /**
   * What was committed of the old topic may have come after the broker forgot it, and count for the new one. Partitions whose
   * offsets went backwards since then have noticed by themselves.
   *
   * @param since `performance.now()` when the old topic was still there
   */
  #onNewTopic(since: number): void {
    const old = [...this.session.leases.values()].filter(({ startedOverAt }) => startedOverAt < since);
    if (old.length === 0) return;
    for (const { partition, position } of old)
      this.options.stale.set(
        partition,
        position ?? this.#partitions[String(partition)]?.committed_offset ?? 0,
      );
    this.#end(`The topic ${this.options.source.topic} was deleted and made again.`);
  }

  #onJoinState(state: string | undefined): void {
    // A reader without a group has a state all the same, which never becomes steady.
    if (this.options.source.group === null) return;
    this.#joinState = state;
    if (state === 'steady' || state === undefined) this.#joiningSince = undefined;
    else this.#joiningSince ??= performance.now();
    this.#tellJoining(this.#joining());
  }

  #tellJoining(reason: string | undefined): void {
    if (reason !== undefined && !this.#toldJoining) this.options.log.warn({}, reason);
    this.#toldJoining = reason !== undefined;
  }

  get #sessionTimeout(): number {
    return Number(this.options.properties['session.timeout.ms'] ?? 45_000);
  }

  /** How long this member has waited to be given partitions, ms; 0 when it does not. */
  get #joiningMs(): number {
    return this.#joiningSince === undefined ? 0 : performance.now() - this.#joiningSince;
  }

  #joining(): string | undefined {
    if (this.#joiningMs < LONG_JOIN) return undefined;
    return (
      `Kafka has not taken this process into the group ${this.options.source.group} yet; a former member that was ended ` +
      `by force is waited for until its session is over (up to ${this.#sessionTimeout / 1_000} s).`
    );
  }

  /** In the middle of a rebalance partitions are nobody's, and rightly so. */
  #ours(): ReadonlySet<number> {
    return new Set(
      this.#joinState === 'steady' ? this.session.leases.keys() : Object.keys(this.#partitions).map(Number),
    );
  }

  #orphaned(): string | undefined {
    const standing = this.#group?.standing ?? [];
    if (standing.length === 0) return undefined;
    const names = standing.map(({ topic, partition }) => `${topic}/${partition}`).join(', ');
    return `No member of the group ${this.options.source.group} moves ${names} on, where messages wait.`;
  }

  #stalled(): string | undefined {
    const stall = this.#toTell();
    return stall === undefined ? undefined : `${this.#describe(stall)}.`;
  }

  #toTell(): Stall | undefined {
    return this.#stalls.longest(TELL_STALL + (this.options.source.handlingMs ?? 0));
  }

  #tell(stall: Stall): void {
    if (this.#told === stall.lease) return;
    this.#told = stall.lease;
    const { topic, partition } = stall.lease;
    this.options.log.warn({ topic, partition, offset: this.#offsetOf(stall.lease) }, this.#describe(stall));
  }

  #onStall(stall: Stall): void {
    const { stalls } = this.options;
    const { lease } = stall;
    const before = stalls.get(lease.name);
    const isSame = before?.offset === this.#offsetOf(lease) && performance.now() - before.at < SAME_STALL;
    if (isSame) return;
    stalls.set(lease.name, { offset: this.#offsetOf(lease), at: performance.now() });
    this.#end(`${this.#describe(stall)}, and nothing of it comes.`);
  }

  #describe({ lease, ms }: Stall): string {
    return `${lease.name} has stood still at offset ${this.#offsetOf(lease)} for ${Math.round(ms / 1_000)} s`;
  }

  /** The offset of the message that the partition is waiting for. */
  #offsetOf(lease: Lease): number {
    return lease.position ?? this.#nextOf(lease);
  }

  /** The offset of the next message to come from the client. */
  #nextOf({ taken, partition }: Lease): number {
    if (taken >= 0) return taken + 1;
    const statistics = this.#partitions[String(partition)];
    return Math.max(statistics?.committed_offset ?? 0, statistics?.lo_offset ?? 0, 0);
  }

  /** From the cache: the last answer of the broker to a fetch. */
  #highOffset(partition: number): number | undefined {
    try {
      const { highOffset } = this.session.consumer.getWatermarkOffsets(this.options.source.topic, partition);
      return highOffset < 0 ? undefined : highOffset;
    } catch {
      return undefined;
    }
  }
}
