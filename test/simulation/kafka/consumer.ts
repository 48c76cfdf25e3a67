import { SimulatedClient } from './client';
import { INPUT, type Stored } from './cluster';
import { ERRORS, type NativeError } from './errors';
import type { Member } from './group';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface Position extends Place {
  readonly offset: number;
  readonly metadata?: string;
}

/** A partition that is assigned to the client. */
interface Assigned {
  /** The next offset; undefined until the committed one is known. */
  position: number | undefined;
  stored: Position | undefined;
}

type Done<T> = (error: NativeError | null, result?: T) => void;
type RebalanceCallback = (error: { code: number }, partitions: Place[]) => void;

const ASSIGN = -175;
const REVOKE = -174;
const NO_OFFSET = -1001;
/** While the broker does not answer, a client hears nothing for a whole session, and gives its partitions up. */
const HEARTBEAT_MS = 250;
/** Between two questions for a position that an open transaction may still change, ms. */
const UNSTABLE_MS = 50;
/** Share of the lost requests that a call to consume reports. */
const CONSUME_FAILS = 0.2;
/** Between two looks for the answer to the last commit, ms. */
const COMMIT_MS = 20;

/** librdkafka's consumer, as far as the product uses it: a member of the group with incremental rebalances. */
export class SimulatedConsumer extends SimulatedClient {
  readonly #onRebalance: RebalanceCallback;
  readonly #sessionMs: number;
  readonly #assigned = new Map<number, Assigned>();
  /** Survives that a partition is returned and assigned again. */
  readonly #paused = new Set<number>();
  #member: Member | undefined;
  #generation = 0;
  #isSubscribed = false;
  #isSyncing = false;
  /** Commits without an answer. */
  #committing = 0;
  /** The last positions that were sent: a repetition of an earlier commit is not sent any more. */
  readonly #sent = new Map<number, number>();
  #lastAnswer = 0;
  #lost = false;
  #fatal: NativeError | undefined;
  /** The next poll reports it. */
  #rebalance: { readonly code: number; readonly partitions: Place[] } | undefined;
  /** Reported, and not answered by an (un)assign. */
  #isUnanswered = false;
  #consumeTimeout = 0;
  #onUnassigned: (() => void) | undefined;

  constructor(...[host, { rebalance_cb, ...properties }]: [SimulatedClient['host'], Record<string, never>]) {
    super(host, properties);
    this.#onRebalance = rebalance_cb as unknown as RebalanceCallback;
    this.#sessionMs = Number(properties['session.timeout.ms']);
  }

  /** For a transaction: in whose name it commits. */
  get membership(): { readonly member: Member; readonly generation: number } | undefined {
    return this.#member && { member: this.#member, generation: this.#generation };
  }

  subscribe(): void {
    this.#isSubscribed = true;
    this.#lastAnswer = this.time.now;
    this.#join();
    this.#beat();
    this.#commitOften();
  }

  setDefaultConsumeTimeout(ms: number): void {
    this.#consumeTimeout = ms;
  }

  setDefaultIsTimeoutOnlyForFirstMessage(): void {
    // A call ends with the messages that are there.
  }

  /** Reports a rebalance, or returns messages. */
  consume(max: number, done: Done<object[]>): void {
    const until = this.time.now + this.#consumeTimeout;
    const look = (): void => {
      if (this.#fatal !== undefined) return done(this.#fatal);
      if (!this.isConnected) return done(ERRORS.state);
      if (this.time.chance(this.host.cluster.network.weather.loss * CONSUME_FAILS))
        return done(ERRORS.transport);
      this.#reportRebalance();
      const messages = this.#take(max);
      if (messages.length > 0 || this.time.now >= until) return done(null, messages);
      const wait = Math.min(10 + this.time.random() * 20, until - this.time.now);
      this.time.after(wait, this.host, look);
    };
    this.time.after(this.time.random(), this.host, look);
  }

  incrementalAssign(partitions: readonly (Place & { offset?: number })[]): void {
    this.#assertConnected();
    this.#isUnanswered = false;
    for (const { partition } of partitions) {
      this.#assigned.set(partition, { position: undefined, stored: undefined });
      const { cluster } = this.host;
      if (cluster.forgetsPartitions > 0) {
        cluster.forgetsPartitions--;
        continue;
      }
      this.#askForPosition(partition);
    }
  }

  incrementalUnassign(partitions: readonly Place[]): void {
    this.#isUnanswered = false;
    // librdkafka commits the stored positions first.
    if (!this.#lost) this.#commitStored(partitions.map(({ partition }) => partition));
    for (const { partition } of partitions) this.#assigned.delete(partition);
    this.#onUnassigned?.();
    if (this.#lost && this.#assigned.size === 0) {
      this.#lost = false;
      this.#member = undefined;
      if (this.#isSubscribed) this.#join();
    } else if (this.#lost) this.#announce(REVOKE, [...this.#assigned.keys()]);
    else if (this.#isSubscribed) this.#sync();
  }

  assignments(): Place[] {
    return [...this.#assigned.keys()].map((partition) => ({ topic: INPUT, partition }));
  }

  assignmentLost(): boolean {
    return this.#lost;
  }

  pause(partitions: readonly Place[]): void {
    for (const { partition } of partitions) this.#paused.add(partition);
  }

  resume(partitions: readonly Place[]): void {
    for (const { partition } of partitions) this.#paused.delete(partition);
  }

  offsetsStore(offsets: readonly Position[]): void {
    this.#assertConnected();
    for (const position of offsets) {
      const assigned = this.#assigned.get(position.partition);
      if (assigned === undefined) throw ERRORS.state as unknown as Error;
      assigned.stored = position;
    }
  }

  commit(positions: readonly Position[]): void {
    this.#assertConnected();
    this.#send(positions, (isAccepted) =>
      this.emit('offset.commit', isAccepted ? undefined : ERRORS.illegalGeneration.code, positions),
    );
  }

  committed(partitions: readonly Place[], timeout: number, done: Done<Position[]>): void {
    const { committed, metadata } = this.host.cluster.group;
    const look = (one: Place): Position => ({
      ...{ topic: one.topic, partition: one.partition },
      ...{ offset: committed.get(one.partition) ?? NO_OFFSET, metadata: metadata.get(one.partition) ?? '' },
    });
    this.call(timeout, () => partitions.map(look), done);
  }

  getWatermarkOffsets(_topic: string, partition: number): { lowOffset: number; highOffset: number } {
    return { lowOffset: 0, highOffset: this.#log(partition).length };
  }

  /** Returns all partitions first: that calls back once more. */
  disconnect(done: () => void): void {
    this.#isSubscribed = false;
    const leave = (): void => {
      this.#onUnassigned = undefined;
      const member = this.#member;
      if (this.#committing > 0 && this.connection.isUp)
        return void this.time.after(COMMIT_MS, this.host, leave);
      // A static member stays in the group until its session is over.
      if (member?.instance !== undefined || member === undefined) return this.#closeSoon(done);
      this.call(
        1_000,
        () => this.host.cluster.group.leave(member),
        () => this.#closeSoon(done),
      );
    };
    if (this.#assigned.size === 0) return leave();
    this.#onUnassigned = leave;
    if (!this.#isUnanswered) {
      this.#isUnanswered = true;
      this.#onRebalance({ code: REVOKE }, this.assignments());
    }
  }

  protected override statistics(): object {
    const partitions = Object.fromEntries(
      [...this.#assigned].map(([partition, { position }]) => [
        partition,
        {
          fetch_state: position === undefined ? 'offset-wait' : 'active',
          fetchq_cnt: 0,
          next_offset: position ?? NO_OFFSET,
          committed_offset: NO_OFFSET,
          lo_offset: 0,
          hi_offset: this.#log(partition).length,
        },
      ]),
    );
    const isSteady = this.#member !== undefined && !this.#isSyncing && this.#rebalance === undefined;
    return { topics: { [INPUT]: { partitions } }, cgrp: { join_state: isSteady ? 'steady' : 'wait-sync' } };
  }

  #closeSoon(done: () => void): void {
    this.close();
    this.time.after(this.time.random() * 5, this.host, done);
  }

  #askForPosition(partition: number): void {
    const { group, transactions } = this.host.cluster;
    const asking = this.#assigned.get(partition);
    this.connection.request(
      () => (transactions.isStable(partition) ? (group.committed.get(partition) ?? 0) : undefined),
      (offset) => {
        if (asking === undefined || this.#assigned.get(partition) !== asking) return;
        if (offset === undefined)
          this.time.after(UNSTABLE_MS, this.host, () => this.#askForPosition(partition));
        else asking.position = offset;
      },
    );
  }

  #assertConnected(): void {
    if (!this.isConnected) throw ERRORS.state as unknown as Error;
  }

  #log(partition: number): readonly Stored[] {
    return this.host.cluster.partitions[partition] ?? [];
  }

  #reportRebalance(): void {
    if (this.#isUnanswered || this.#rebalance === undefined) return;
    const { code, partitions } = this.#rebalance;
    this.#rebalance = undefined;
    this.#isUnanswered = true;
    this.#onRebalance({ code }, partitions);
  }

  /** While a rebalance is unanswered, no message of any partition is returned. */
  #take(max: number): object[] {
    if (this.#isUnanswered || !this.connection.isUp) return [];
    const messages: object[] = [];
    const readable = [...this.#assigned].filter(([partition]) => !this.#paused.has(partition));
    while (readable.length > 0 && messages.length < max) {
      const [[partition, assigned]] = readable.splice(this.time.between(0, readable.length), 1) as [
        [number, Assigned],
      ];
      if (assigned.position === undefined) continue;
      const log = this.#log(partition);
      const most = Math.min(max - messages.length, log.length - assigned.position);
      for (let left = most > 0 ? this.time.between(1, most + 1) : 0; left > 0; left--) {
        const offset = assigned.position++;
        messages.push({ topic: INPUT, partition, offset, ...log[offset] });
      }
    }
    return messages;
  }

  #join(): void {
    const { group } = this.host.cluster;
    const instance = this.properties['group.instance.id'];
    let joined: Member | undefined;
    this.#isSyncing = true;
    this.connection.request(
      () => (joined ??= group.join(instance, this.#sessionMs)),
      (member) => {
        this.#isSyncing = false;
        this.#member = member;
        this.#sync();
      },
    );
  }

  /** Reports the partitions of this member to the broker, and gets more. */
  #sync(): void {
    const member = this.#member;
    if (member === undefined || this.#isSyncing) return;
    this.#isSyncing = true;
    const owned = [...this.#assigned.keys()];
    this.connection.request(
      () => this.host.cluster.group.sync(member, owned),
      (assignment) => {
        this.#isSyncing = false;
        // Else the next heartbeat learns that the session is over.
        if (assignment === undefined || member !== this.#member) return;
        this.#generation = assignment.generation;
        if (assignment.granted.length > 0) this.#announce(ASSIGN, assignment.granted);
      },
    );
  }

  #beat(): void {
    this.time.after(HEARTBEAT_MS, this.host, () => {
      if (!this.isConnected || this.#fatal !== undefined) return;
      const member = this.#member;
      if (member !== undefined && !this.#isSyncing) this.#heartbeat(member);
      if (this.time.now - this.#lastAnswer > this.#sessionMs) this.#lose();
      this.#beat();
    });
  }

  #heartbeat(member: Member): void {
    const { group } = this.host.cluster;
    if (!this.connection.isUp) return;
    this.connection.request(
      () => ({ state: group.heartbeat(member), toReturn: group.toReturn(member) }),
      ({ state, toReturn }) => {
        this.#lastAnswer = this.time.now;
        if (member !== this.#member || !this.#isSubscribed) return;
        if (state === 'fenced') this.#fence();
        else if (state === 'unknown member') this.#lose();
        else if (state === 'rebalance' && !this.#isBusy) {
          const ours = toReturn.filter((partition) => this.#assigned.has(partition));
          if (ours.length > 0) this.#announce(REVOKE, ours);
          else this.#sync();
        }
      },
    );
  }

  get #isBusy(): boolean {
    return this.#isUnanswered || this.#isSyncing || this.#rebalance !== undefined;
  }

  #announce(code: number, partitions: readonly number[]): void {
    this.#rebalance = { code, partitions: partitions.map((partition) => ({ topic: INPUT, partition })) };
  }

  /** The broker has expelled this member: its partitions may be another's by now. */
  #lose(): void {
    if (this.#lost || this.#member === undefined) return;
    this.#rebalance = undefined;
    this.#lastAnswer = this.time.now;
    if (this.#assigned.size === 0) {
      this.#member = undefined;
      if (!this.#isSyncing) this.#join();
      return;
    }
    this.#lost = true;
    if (!this.#isUnanswered) this.#announce(REVOKE, [...this.#assigned.keys()]);
  }

  #fence(): void {
    this.#fatal = ERRORS.fencedInstance;
    this.emit('event.error', this.#fatal);
  }

  #commitOften(): void {
    const interval = Number(this.properties['auto.commit.interval.ms'] ?? 200);
    this.time.after(interval, this.host, () => {
      if (!this.isConnected) return;
      if (this.#committing === 0) this.#commitStored([...this.#assigned.keys()]);
      this.#commitOften();
    });
  }

  #commitStored(partitions: readonly number[]): void {
    const stored = partitions
      .map((partition) => this.#assigned.get(partition))
      .flatMap((assigned) => (assigned?.stored ? [{ assigned, position: assigned.stored }] : []));
    for (const { assigned } of stored) assigned.stored = undefined;
    const positions = stored.map(({ position }) => position);
    this.#send(positions, (isAccepted) => {
      // The generation has changed meanwhile: the next commit has the new one. librdkafka forgets what it has stored
      // when the partition is unassigned, and so does an assignment that is over.
      if (!isAccepted) for (const { assigned, position } of stored) assigned.stored ??= position;
    });
  }

  #send(positions: readonly Position[], onAnswer: (isAccepted: boolean) => void): void {
    const { group } = this.host.cluster;
    const { membership } = this;
    if (positions.length === 0 || membership === undefined || this.#fatal !== undefined) return;
    for (const { partition, offset } of positions) this.#sent.set(partition, offset);
    this.#committing++;
    this.connection.request(
      () => {
        if (!group.accepts(membership.member, membership.generation)) return false;
        const latest = positions.filter(({ partition, offset }) => this.#sent.get(partition) === offset);
        group.commit(
          new Map(latest.map(({ partition, offset }) => [partition, offset])),
          new Map(latest.map(({ partition, metadata }) => [partition, metadata ?? ''])),
        );
        return true;
      },
      (isAccepted) => {
        this.#committing--;
        onAnswer(isAccepted);
      },
    );
  }
}
