import { setTimeout as pause } from 'node:timers/promises';
import { StreamInferError, messageOf } from '../../core/errors';
import type { ConnectionStatus, PartitionLag } from '../../core/ports';
import { isUnreadableBatch } from './codec';
import {
  connectClient,
  consumeWithin,
  disconnectClient,
  isWithinReach,
  partitionsOf,
  topicMetadata,
} from './client';
import {
  endsClient,
  fenced,
  isRefusal,
  isTopicMissing,
  kafkaCodeOf,
  leavesPartitionsUnread,
  toKafkaError,
  worse,
  KAFKA,
} from './errors';
import { AFTERMATH } from './lately';
import { Lease } from './lease';
import { createConsumer, type Message, type NativeConsumer } from './native';
import { Rebalancer } from './rebalancer';
import type { SessionOptions } from './session-options';
import { SessionWatch } from './session-watch';
import { startOffsets } from './start-offsets';
import { hasReachableBroker, parseStatistics, type Statistics } from './statistics';

/** How long one poll waits for a first message, ms. It occupies a thread of libuv's pool. */
const POLL_TIMEOUT = 50;

/**
 * How long a member of a group that has caught up waits behind the first message for company, ms. What is taken together is
 * classified and published together: at 1,000 images/s that halves the processor time, and with it the slowest latencies.
 */
const GATHER = 1;

const EVENTS = ['event.error', 'event.stats', 'event.log'] as const;

/**
 * The life of one native consumer: connect → poll … → end. It is never connected again; after a failure a new session
 * takes its place. Nothing but `poll` may run `consume`, and only once at a time.
 */
export class Session {
  readonly #consumer: NativeConsumer;
  readonly #watch: SessionWatch;
  readonly #rebalancer: Rebalancer;
  /** By partition. */
  readonly #leases = new Map<number, Lease>();
  #connected = false;
  /** The client had no more messages ready when it was last asked. */
  #caughtUp = true;
  /** What went wrong behind a message that was taken. */
  #late: unknown;
  #ready = false;
  #paused = false;
  #failure: StreamInferError | undefined;
  /** While this is pending no partition may be given back, and the consumer not be disconnected. */
  #held: Promise<unknown> | undefined;
  /** What the log says about a connection that does not come about; of no meaning once it has. */
  #connectFailure: StreamInferError | undefined;

  constructor(private readonly options: SessionOptions) {
    const callback = (error: { code: number }, partitions: { topic: string; partition: number }[]): void =>
      this.#rebalancer.onRebalance(error.code, partitions);
    this.#consumer = createConsumer(options.sdk, options.properties, callback);
    this.#rebalancer = new Rebalancer(this.#consumer, this.#leases, options, {
      onAssigned: () => {
        this.#ready = true;
        options.errors.clear();
        // The rebalancer resumed everything.
        this.#paused = false;
      },
      onFailure: (error) => this.#fail(error),
      beforeUnassign: async () => void (await this.#held),
      onUnassigned: () => this.options.onUnassigned?.(),
    });
    this.#watch = new SessionWatch(options, {
      consumer: this.#consumer,
      leases: this.#leases,
      isPaused: () => this.#paused,
      fail: (error) => this.fail(error),
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
    if (partitions.length === 0) throw missing(topic);
    if (group === null) await this.#assignAll(partitions);
    else this.#consumer.subscribe([topic]);
    this.#watch.start();
  }

  /** Messages can come: the first assignment is there. */
  get ready(): boolean {
    return this.#ready && this.#watch.isReady;
  }

  status(): ConnectionStatus {
    return this.#watch.status();
  }

  get leases(): Iterable<Lease> {
    return this.#leases.values();
  }

  leaseOf(partition: number): Lease | undefined {
    return this.#leases.get(partition);
  }

  /**
   * Serves rebalances, errors and statistics, and takes at most `max` messages; none if none came in time. Rejects when the
   * session is over.
   */
  async poll(max: number): Promise<Message[]> {
    this.#watch.check();
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#throwLate();
      if (!this.#caughtUp) {
        const messages = await consumeWithin(this.#consumer, max, 0);
        this.#caughtUp = messages.length < max;
        if (messages.length > 0) return messages;
      }
      const first = await consumeWithin(this.#consumer, 1, POLL_TIMEOUT);
      if (first.length === 0) return [];
      if (this.options.source.group !== null) await pause(GATHER);
      return [...first, ...(await this.#takeReady(max - 1))];
    } catch (error) {
      await this.#onConsumeError(error);
      return [];
    }
  }

  /** Never rejects, since the message that was taken before would be lost with it: the error is the next poll's. */
  async #takeReady(max: number): Promise<Message[]> {
    if (max === 0) return [];
    try {
      const messages = await consumeWithin(this.#consumer, max, 0);
      this.#caughtUp = messages.length < max;
      return messages;
    } catch (error) {
      this.#late = error;
      return [];
    }
  }

  #throwLate(): void {
    const error = this.#late;
    this.#late = undefined;
    if (error !== undefined) throw error as Error;
  }

  pause(): void {
    if (this.#paused || this.#leases.size === 0 || this.#rebalancer.busy) return;
    this.#paused = this.#attempt(() => this.#consumer.pause(this.#consumer.assignments()));
  }

  resume(): void {
    if (!this.#paused || this.#rebalancer.busy) return;
    this.#paused = !this.#attempt(() => this.#consumer.resume(this.#consumer.assignments()));
  }

  /** Stores the positions; the next automatic commit makes them durable. */
  store(leases: Iterable<Lease>): void {
    const offsets = [...leases].flatMap((lease) => lease.toStore() ?? []);
    // Refused (ERR__STATE) while leaving or when the partition was taken away: then they come again to somebody.
    if (offsets.length > 0) this.#attempt(() => this.#consumer.offsetsStore(offsets) as unknown);
  }

  /** The session is over: `poll` rejects with this. */
  fail(error: StreamInferError): void {
    this.#failure ??= error;
  }

  /**
   * Runs `use`, if these are still ours, and holds rebalances up meanwhile: a member that goes on to the next generation
   * could otherwise commit, in its name, for a partition that is another's by then. Not for two at a time.
   */
  async whileAssigned(
    leases: readonly Lease[],
    use: (consumer: NativeConsumer) => Promise<void>,
  ): Promise<boolean> {
    if (!this.#connected || leases.some(({ state }) => state === 'lost')) return false;
    const using = use(this.#consumer);
    this.#held = using.catch(() => undefined);
    await using;
    return true;
  }

  lag(): PartitionLag[] {
    return this.#connected ? this.#watch.lag() : [];
  }

  /** Offsets of the partition begin anew: what is out of the old ones is nobody's business any more. */
  startOver(lease: Lease): Lease {
    const { log, onUnassigned } = this.options;
    log.warn(
      { topic: lease.topic, partition: lease.partition, after: lease.taken },
      'the offsets of this partition went backwards (a new topic of that name, or one that was cut off); read again from there',
    );
    lease.state = 'lost';
    const next = new Lease(lease.topic, lease.partition);
    next.startedOverAt = performance.now();
    this.#leases.set(lease.partition, next);
    onUnassigned?.();
    return next;
  }

  /**
   * Leaves the group, which commits what was stored. No poll may be running.
   *
   * @param forGood the process is about to end. While no broker answers, a client that tries to leave keeps it from ending,
   * and loses the exit code: it is not asked to.
   */
  async end(forGood: boolean): Promise<void> {
    // Beside a client that is still at work in a thread the process would not end.
    const watching = this.#watch.close();
    await this.#rebalancer.stop();
    await this.#held;
    if (this.#connected) {
      this.#connected = false;
      const inVain = forGood && !(await isWithinReach(this.#consumer, this.#watch.health));
      if (!inVain && !(await disconnectClient(this.#consumer)))
        this.options.log.warn({ address: this.options.address }, 'leaving Kafka takes long; left to itself');
    }
    await watching;
    // One that is left to itself has nothing to say of the sessions behind it.
    for (const event of EVENTS) this.#consumer.removeAllListeners(event);
    for (const lease of this.#leases.values()) lease.state = 'lost';
    this.#leases.clear();
    this.options.onUnassigned?.();
  }

  #listen(): void {
    this.#consumer.on('event.error', (error) => this.#onError(error));
    this.#consumer.on('event.stats', (event: { message?: string }) =>
      this.#onStatistics(parseStatistics(event)),
    );
    this.#consumer.on('event.log', (event: { message?: string }) => this.#onLog(event.message));
  }

  /** An offset that is out of range is only ever logged; messages were deleted before anybody read them, or come again. */
  #onLog(librdkafka: string | undefined): void {
    const { log } = this.options;
    if (librdkafka?.includes('Offset out of range') === true)
      log.warn(
        { librdkafka },
        'the offset to go on from is gone (retention, or a new topic of that name); reading from the oldest that is left',
      );
    else log.debug({ librdkafka }, 'kafka consumer');
    // The broker may have put this member out, which can be shut out by its own former self then.
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
    // Told by the events and by the next poll; it is one fencing all the same.
    if (this.#failure !== undefined) return;
    if (this.#isFenced(error)) this.#onFenced(error);
    else if (endsClient(error) || isRefusal(error)) this.#fail(error);
  }

  /** librdkafka calls a fenced static member just fatal; in the classic protocol nothing else is. */
  #isFenced(error: unknown): boolean {
    const code = kafkaCodeOf(error);
    const isStatic = this.options.properties['group.instance.id'] !== undefined;
    return code === KAFKA.FENCED_INSTANCE_ID || (code === KAFKA.FATAL && isStatic);
  }

  /**
   * Either a newer process has this one's name, or the member was shut out by its own former self: after an outage of the
   * broker, or when it did not poll for long. Then a new consumer is what helps; but it would shut the other process out
   * in turn, on and on, if there was one. With transactions that must not happen even once; without, the second time tells.
   */
  #onFenced(error: unknown): void {
    const { outages, fencings, transactional } = this.options;
    const replaced = !outages.within(AFTERMATH) && (transactional || fencings.within(AFTERMATH));
    fencings.note();
    if (replaced) this.fail(fenced(error));
    else this.#fail(error);
  }

  #onStatistics(statistics: Statistics | undefined): void {
    if (statistics === undefined) return;
    this.#watch.onStatistics(statistics);
    // A member for whom no partition is left is never called back, and has nothing to wait for either.
    if (statistics.cgrp?.join_state === 'steady') this.#ready = true;
    if (this.options.source.group === null && hasReachableBroker(statistics)) this.#lookForNewPartitions();
  }

  /** Nobody hands them to a reader without a group: the next session takes them. */
  #lookForNewPartitions(): void {
    const known = Object.keys(this.#watch.partitions).filter((partition) => Number(partition) >= 0).length;
    if (this.#ready && known > this.#leases.size)
      this.#fail(new Error(`${this.options.source.topic} has ${known} partitions now`));
  }

  async #onConsumeError(error: unknown): Promise<void> {
    this.#onError(error);
    if (this.#leases.size > 0 && leavesPartitionsUnread(error)) this.#fail(error);
    if (this.#failure !== undefined) throw this.#failure;
    if (isTopicMissing(error)) await this.#assertTopicExists();
    // The error came at once: without this, the same one over and over would leave the event loop no time.
    await new Promise((resolve) => setTimeout(resolve, POLL_TIMEOUT));
  }

  /** After a restart a broker may say so for a moment about topics that do exist. */
  async #assertTopicExists(): Promise<void> {
    const { topic } = this.options.source;
    const metadata = await topicMetadata(this.#consumer, topic).catch(() => undefined);
    if (metadata !== undefined && partitionsOf(metadata, topic).length === 0) throw missing(topic);
  }

  #fail(error: unknown): void {
    this.#failure ??= toKafkaError(error, `Kafka at ${this.options.address}`, 'SOURCE_LOST');
  }

  async #assignAll(partitions: readonly number[]): Promise<void> {
    const { topic, from } = this.options.source;
    await startOffsets(this.#consumer, topic, partitions, from, this.options.positions);
    const offsets = partitions.map((partition) => ({
      topic,
      partition,
      offset: this.options.positions.get(partition) ?? 0,
    }));
    this.#consumer.assign(offsets);
    for (const partition of partitions) this.#leases.set(partition, new Lease(topic, partition));
    this.#ready = true;
  }

  /** While the consumer disconnects it holds a lock that would block the main thread, for good if it waits for us. */
  #attempt(action: () => unknown): boolean {
    if (!this.#connected) return false;
    try {
      action();
      return true;
    } catch (error) {
      if (kafkaCodeOf(error) !== KAFKA.STATE)
        this.options.log.debug({ error: messageOf(error) }, 'kafka consumer');
      return false;
    }
  }
}

function missing(topic: string): StreamInferError {
  return new StreamInferError(
    'TOPIC_MISSING',
    // Kafka shows a topic only to those who may describe it.
    `The topic ${topic} does not exist in Kafka, or this user may not see it; create it, or wait for who does.`,
  );
}
