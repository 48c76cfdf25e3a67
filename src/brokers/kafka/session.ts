import { messageOf, type StreamInferError } from '../../core/errors';
import type { ConnectionStatus, PartitionLag } from '../../core/ports';
import { logLine } from './client-log';
import { isUnreadableBatch } from './codec';
import { assertTopicExists, closeClient, connectClient, isWithinReach, partitionsOf } from './client';
import {
  endsClient,
  isRefusal,
  isTopicMissing,
  kafkaCodeOf,
  leavesPartitionsUnread,
  toKafkaError,
  topicMissing,
  worse,
  KAFKA,
} from './errors';
import { Fencing, isFencing } from './fencing';
import { MessageReader, POLL_TIMEOUT } from './message-reader';
import { PartitionAssignment } from './partition-assignment';
import { createConsumer, type Message, type NativeConsumer } from './native';
import { Positions } from './positions';
import { Rebalancer } from './rebalancer';
import type { SessionOptions } from './session-options';
import { SessionWatch } from './session-watch';
import { assignAll } from './start-offsets';
import { hasReachableBroker, parseStatistics, type Statistics } from './statistics';

const EVENTS = ['event.error', 'event.stats', 'event.log', 'offset.commit'] as const;

/**
 * The life of one native consumer: connect → poll … → end. It never reconnects; after a failure a new session
 * replaces it. Only `poll` may run `consume`, and only once at a time.
 */
export class Session {
  readonly #consumer: NativeConsumer;
  readonly #reader: MessageReader;
  readonly #watch: SessionWatch;
  readonly #rebalancer: Rebalancer;
  readonly #fencing: Fencing;
  /** By partition. */
  readonly #assignments = new Map<number, PartitionAssignment>();
  readonly positions: Positions;
  #connected = false;
  #ready = false;
  #paused = false;
  #failure: StreamInferError | undefined;
  /** While this is pending no partition may be returned, and the consumer must not be disconnected. */
  #held: Promise<unknown> | undefined;
  /** Reason of a failing connection from the log; without meaning once it is connected. */
  #connectFailure: StreamInferError | undefined;

  constructor(private readonly options: SessionOptions) {
    this.#consumer = createConsumer(options.sdk, options.properties, ({ code }, partitions) =>
      this.#rebalancer.onRebalance(code, partitions),
    );
    this.#reader = new MessageReader(this.#consumer, options.source.group !== null);
    this.#rebalancer = new Rebalancer(this.#consumer, this.#assignments, options, {
      onAssigned: () => {
        this.#ready = true;
        options.errors.clear();
        // The rebalancer resumed everything.
        this.#paused = false;
      },
      onFailure: (error) => this.#fail(error),
      beforeUnassign: async () => void (await this.#held),
      onReturn: (assignments) => this.positions.commitRanges(assignments),
      onUnassigned: () => options.companion?.onUnassigned(),
    });
    this.#fencing = new Fencing(options, (error) => this.#fail(error));
    this.#watch = new SessionWatch(options, {
      consumer: this.#consumer,
      assignments: this.#assignments,
      isPaused: () => this.#paused,
      fail: (error) => this.fail(error),
    });
    this.positions = new Positions(options, {
      consumer: this.#consumer,
      assignments: this.#assignments,
      isMember: () =>
        this.#connected && this.#watch.health.unreachableMs === 0 && !this.#consumer.assignmentLost(),
      attempt: (action) => this.#attempt(action),
    });
  }

  /** Rejects with the reason; the session is over then. */
  async connect(): Promise<void> {
    const { topic, group } = this.options.source;
    this.#listen();
    const metadata = await connectClient(this.#consumer, topic).catch((error: unknown) => {
      throw (
        this.#connectFailure ??
        this.#failure ??
        toKafkaError(error, `Kafka at ${this.options.address}`, 'BROKER_UNREACHABLE')
      );
    });
    this.#connected = true;
    const partitions = partitionsOf(metadata, topic);
    if (partitions.length === 0) throw topicMissing(topic);
    if (group === null) await this.#assignAll(partitions);
    else this.#consumer.subscribe([topic]);
    this.#watch.start();
  }

  /** The first assignment exists, so messages can arrive. */
  get ready(): boolean {
    return this.#ready && this.#watch.isReady;
  }

  status(): ConnectionStatus {
    return this.#watch.status();
  }

  get assignments(): Iterable<PartitionAssignment> {
    return this.#assignments.values();
  }

  assignmentOf(partition: number): PartitionAssignment | undefined {
    return this.#assignments.get(partition);
  }

  /**
   * Serves rebalances, errors and statistics, and returns at most `max` messages; none if none arrived in time.
   * Rejects when the session is over.
   */
  async poll(max: number): Promise<Message[]> {
    this.#watch.check();
    if (this.#failure !== undefined) throw this.#failure;
    this.positions.commitWhenDue();
    try {
      return await this.#reader.read(max);
    } catch (error) {
      await this.#onConsumeError(error);
      return [];
    }
  }

  pause(): void {
    if (this.#paused || this.#assignments.size === 0 || this.#rebalancer.busy) return;
    this.#paused = this.#attempt(() => this.#consumer.pause(this.#consumer.assignments()));
  }

  resume(): void {
    if (!this.#paused || this.#rebalancer.busy) return;
    this.#paused = !this.#attempt(() => this.#consumer.resume(this.#consumer.assignments()));
  }

  /** Ends the session: `poll` rejects with this. */
  fail(error: StreamInferError): void {
    this.#failure ??= error;
  }

  /**
   * Runs `use`, if these are still assigned, and delays rebalances meanwhile. Otherwise a member in the next
   * generation could commit, in its name, for a partition that was reassigned. Only one at a time.
   */
  async whileAssigned(
    assignments: readonly PartitionAssignment[],
    use: (consumer: NativeConsumer) => Promise<void>,
  ): Promise<boolean> {
    return assignments.every(({ state }) => state !== 'lost') && (await this.whileConnected(use));
  }

  /** Runs `use`, if the consumer is connected, and delays rebalances and the end meanwhile. Only one at a time. */
  async whileConnected(use: (consumer: NativeConsumer) => Promise<void>): Promise<boolean> {
    if (!this.#connected) return false;
    const using = use(this.#consumer);
    this.#held = using.catch(() => undefined);
    await using;
    return true;
  }

  lag(): PartitionLag[] {
    return this.#connected ? this.#watch.lag() : [];
  }

  /** The offsets of the partition restart: deliveries with old offsets are obsolete. */
  startOver(assignment: PartitionAssignment): PartitionAssignment {
    this.options.log.warn(
      { topic: assignment.topic, partition: assignment.partition, after: assignment.taken },
      'the offsets of this partition went backwards (topic recreated or truncated); reading again from there',
    );
    return Object.assign(this.renew(assignment, 0), { startedOverAt: performance.now() });
  }

  /** The partition is read from another offset: deliveries of the former position are obsolete. */
  renew(assignment: PartitionAssignment, start: number): PartitionAssignment {
    assignment.state = 'lost';
    const next = new PartitionAssignment(assignment.topic, assignment.partition, start);
    this.#assignments.set(assignment.partition, next);
    this.options.companion?.onUnassigned();
    return next;
  }

  /**
   * Leaves the group, which commits the stored offsets. No poll may be running.
   *
   * @param exiting the process is about to end. While no broker answers, a client that tries to leave would delay the
   * exit and lose the exit code, so it is abandoned.
   */
  async end(exiting: boolean): Promise<void> {
    // The process would not end while another client still works in a thread.
    const watching = this.#watch.close();
    await this.#rebalancer.stop();
    await this.#held;
    this.positions.commitRanges(this.#assignments.values());
    if (this.#connected) {
      this.#connected = false;
      const unreachable = exiting && !(await isWithinReach(this.#consumer, this.#watch.health));
      if (!unreachable) await closeClient(this.#consumer, this.options, exiting);
    }
    await watching;
    // An abandoned client must not affect the sessions after it.
    for (const event of EVENTS) this.#consumer.removeAllListeners(event);
    for (const assignment of this.#assignments.values()) assignment.state = 'lost';
    this.#assignments.clear();
    this.options.commits.clear();
    this.options.companion?.onUnassigned();
  }

  #listen(): void {
    this.#consumer.on('event.error', (error) => this.#onError(error));
    this.#consumer.on('event.stats', (event: { message?: string }) =>
      this.#onStatistics(parseStatistics(event)),
    );
    this.#consumer.on('event.log', (event: { message?: string }) => this.#onLog(event.message));
  }

  #onLog(librdkafka: string | undefined): void {
    logLine(librdkafka, this.options.log);
    // The broker may have expelled this member, which may then be fenced by its own former session.
    if (librdkafka?.includes('group session timed out') === true)
      this.#watch.health.onSilence("its group's coordinator has not answered for a whole session");
    const cause = this.#watch.health.onLog(librdkafka);
    if (cause !== undefined && !this.#connected) this.#connectFailure = worse(this.#connectFailure, cause);
  }

  #onError(error: unknown): void {
    this.#watch.health.onError(error);
    if (isUnreadableBatch(error)) this.#watch.onUnreadableBatch(error);
    else this.options.errors.note(error);
    if (kafkaCodeOf(error) === KAFKA.MAX_POLL_EXCEEDED) this.options.outages.note();
    // The events and the next poll report the same fencing.
    if (this.#failure !== undefined) return;
    if (isFencing(error, this.options)) this.#fencing.note(error);
    else if (endsClient(error) || isRefusal(error)) this.#fail(error);
  }

  #onStatistics(statistics: Statistics | undefined): void {
    if (statistics === undefined) return;
    this.#watch.onStatistics(statistics);
    // A member without any partition is never called back, and has nothing to wait for.
    if (statistics.cgrp?.join_state === 'steady') this.#ready = true;
    if (this.options.source.group === null && hasReachableBroker(statistics)) this.#detectNewPartitions();
  }

  /** Nobody assigns them to a standalone reader: the next session takes them. */
  #detectNewPartitions(): void {
    const known = Object.keys(this.#watch.partitions).filter((partition) => Number(partition) >= 0).length;
    if (this.#ready && known > this.#assignments.size)
      this.#fail(new Error(`${this.options.source.topic} now has ${known} partitions`));
  }

  async #onConsumeError(error: unknown): Promise<void> {
    this.#onError(error);
    if (this.#assignments.size > 0 && leavesPartitionsUnread(error)) this.#fail(error);
    if (this.#failure !== undefined) throw this.#failure;
    if (isTopicMissing(error)) await assertTopicExists(this.#consumer, this.options.source.topic);
    // The error came at once: without this, repeated errors would starve the event loop.
    await new Promise((resolve) => setTimeout(resolve, POLL_TIMEOUT));
  }

  #fail(error: unknown): void {
    this.#failure ??= toKafkaError(error, `Kafka at ${this.options.address}`, 'SOURCE_LOST');
  }

  async #assignAll(partitions: readonly number[]): Promise<void> {
    const { topic } = this.options.source;
    await assignAll(this.#consumer, this.options.source, partitions, this.options.positions);
    for (const partition of partitions)
      this.#assignments.set(partition, new PartitionAssignment(topic, partition));
    this.#ready = true;
  }

  /** While the consumer disconnects it holds a lock that would block the main thread, or deadlock. */
  #attempt(action: () => unknown): boolean {
    if (!this.#connected) return false;
    try {
      action();
      return true;
    } catch (error) {
      if (kafkaCodeOf(error) !== KAFKA.STATE)
        this.options.log.debug({ error: messageOf(error) }, 'a call of the kafka consumer failed; ignored');
      return false;
    }
  }
}
