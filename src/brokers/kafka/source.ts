import { setImmediate as nextTurn } from 'node:timers/promises';

import { WakeUp } from '../../core/async/wake-up';
import type { Delivery } from '../../core/message';
import type { ConnectionStatus, Log, MessageSource, PartitionLag, SourceOptions } from '../../core/ports';
import type { Reach } from '../reach';
import type { SeekMove, SeekTarget } from '../../core/seek';
import { ClientErrors } from './client-errors';
import { CommitClock } from './commit-clock';
import type { Companion } from './companion';
import { KafkaDelivery, bytesOf } from './convert';
import { statusOf, type OnHealth } from './health';
import { tokensOf } from './identity/authenticated-sdk';
import { RecentEvent } from './recent-event';
import type { PartitionAssignment } from './partition-assignment';
import type { Message, NativeSdk, Properties } from './native';
import { PauseMark } from './pause-mark';
import { Seeks } from './seek';
import { Session } from './session';
import { Supervisor } from './supervisor';

/** How long `receive` waits for a message, ms. */
const RECEIVE_TIMEOUT = 100;
/** Without a `receive` for this time the partitions are paused, ms. */
const IDLE = 1_000;
/** Messages per poll: more would occupy a thread of libuv's pool for long. */
const MAX_POLL = 1_000;
/** Messages per poll while nobody receives; after `pause` there are hardly any. */
const SPARE_POLL = 100;

export interface KafkaSourceOptions {
  readonly sdk: NativeSdk;
  readonly source: SourceOptions;
  readonly properties: Properties;
  /** Resolves with the properties that are only known at run time (the address of an embedded cluster). */
  readonly start: () => Promise<Properties>;
  readonly address: string;
  readonly log: Log;
  readonly reach: Reach;
  readonly onClose: (source: KafkaSource) => void;
  /** Of a client that observes the group from outside; absent where the broker does not support it. */
  readonly observer?: Properties;
  readonly companion?: Companion;
}

/**
 * One loop runs from `open` to `close`: connect a session, poll it until it fails, end it, wait, repeat. Only this
 * loop polls, and it always polls: rebalances, errors and statistics are served by polling alone. `receive` requests
 * a number of messages from it.
 */
export class KafkaSource implements MessageSource {
  readonly #supervisor: Supervisor;
  readonly #positions: Map<number, number>;
  readonly #outages = new RecentEvent();
  readonly #fencings = new RecentEvent();
  readonly #stalls = new Map<string, { offset: number; at: number }>();
  readonly #errors: ClientErrors;
  readonly #commits = new CommitClock();
  readonly #stale = new Map<number, number>();
  readonly pausing = new PauseMark();
  readonly #seeks = new Seeks();
  #hasBeenUp = false;
  #session: Session | undefined;
  /** Taken from Kafka and not delivered yet. */
  #spare: { message: Message; assignment: PartitionAssignment }[] = [];
  repeatsSkipped = 0;
  #wanted = 0;
  #wantedAt = performance.now();
  /** Wakes the loop when messages are requested. */
  readonly #requested = new WakeUp();
  /** Wakes `receive` when messages are available. */
  readonly #served = new WakeUp();

  constructor(private readonly options: KafkaSourceOptions) {
    this.#positions = new Map(options.source.positions);
    this.#errors = new ClientErrors(options.log);
    const live = (onUp: () => void, signal: AbortSignal): Promise<void> => this.#live(onUp, signal);
    this.#supervisor = new Supervisor({
      name: 'kafka source',
      otherwise: 'SOURCE_LOST',
      log: options.log,
      reach: options.reach,
      live,
    });
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#supervisor.open(signal);
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    const ready = this.#handOut(max);
    if (ready.length > 0) return ready;
    // One turn of the event loop: a caller that repeats the call at once would starve it, and its own time-outs.
    if (this.#supervisor.failure?.code === 'FENCED') throw this.#supervisor.failure;
    if (signal.aborted || this.#supervisor.closing) return await nextTurn([]);
    await this.#want(Math.min(max, this.#room()), signal);
    return signal.aborted ? [] : this.#handOut(max);
  }

  settle(deliveries: readonly Delivery[]): void {
    if (this.options.source.group === null) return;
    const moved = new Set<PartitionAssignment>();
    for (const delivery of deliveries as readonly KafkaDelivery[]) {
      if (delivery.assignment.settle(delivery.offset, bytesOf(delivery))) moved.add(delivery.assignment);
    }
    this.#session?.positions.store(moved);
  }

  isCurrent(delivery: Delivery): boolean {
    if (this.#supervisor.closing) return false;
    const { assignment, offset } = delivery as KafkaDelivery;
    return this.options.source.group === null || assignment.holds(offset);
  }

  async seek(target: SeekTarget): Promise<readonly SeekMove[]> {
    return await this.#seeks.ask(target, this.#session, () => this.#requested.wake());
  }

  /** State of the broker as seen by the companion, before the consumer knows it. */
  onStatus(...change: Parameters<OnHealth>): void {
    this.#supervisor.onStatus(...change);
  }

  errors(): ReadonlyMap<string, number> {
    return this.#errors.counts;
  }

  onCommitted(listener: (ms: number) => void): void {
    this.#commits.listener = listener;
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return this.lagNow();
  }

  lagNow(): readonly PartitionLag[] {
    return this.#session?.lag() ?? [];
  }

  status(): ConnectionStatus {
    return statusOf(this.#supervisor.state, this.#session?.status());
  }

  async close(): Promise<void> {
    const closed = this.#supervisor.close();
    this.#requested.wake();
    this.#served.wake();
    await closed;
    this.options.onClose(this);
  }

  async #live(onUp: () => void, signal: AbortSignal): Promise<void> {
    const { sdk, address, source, log, companion } = this.options;
    const started = await this.options.start();
    const properties = { ...this.options.properties, ...started };
    const { observer } = this.options;
    const session = new Session({
      sdk,
      properties,
      address,
      source,
      log,
      positions: this.#positions,
      outages: companion?.outages ?? this.#outages,
      fencings: this.#fencings,
      stalls: this.#stalls,
      errors: this.#errors,
      commits: this.#commits,
      stale: this.#stale,
      returning: this.#hasBeenUp,
      observer: observer && { ...observer, ...started },
      onStatus: (...change) => this.#supervisor.onStatus(...change),
      companion,
    });
    try {
      await companion?.open(signal);
      this.#session = session;
      companion?.attach(session);
      await session.connect();
      await this.#pollUntilReady(session, signal);
      this.#wantedAt = performance.now();
      this.#hasBeenUp = true;
      onUp();
      await this.#poll(session, signal);
    } finally {
      await companion?.stop();
      // A client takes no token while it leaves the group, and without a valid one it would never have left.
      await tokensOf(sdk)?.lasting(signal);
      await session.end(signal.aborted);
      await companion?.end(signal.aborted);
      this.#session = undefined;
      this.#seeks.fail();
      this.#spare = [];
    }
  }

  async #pollUntilReady(session: Session, signal: AbortSignal): Promise<void> {
    while (!session.ready && !signal.aborted) this.#keep(session, await session.poll(SPARE_POLL));
  }

  async #poll(session: Session, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#seeks.serve(session)) this.#spare = [];
      if (this.#wanted > 0) await this.#serve(session);
      else if (performance.now() - this.#wantedAt > IDLE) await this.#idle(session);
      else await this.#requested.wait(IDLE);
    }
  }

  async #serve(session: Session): Promise<void> {
    session.resume();
    this.#keep(session, await session.poll(Math.min(this.#wanted, MAX_POLL)));
    this.#wantedAt = performance.now();
    this.#wanted = 0;
    this.#served.wake();
  }

  /**
   * Without a pause, librdkafka would return its prefetched messages; without polling, the member would be expelled.
   */
  async #idle(session: Session): Promise<void> {
    session.pause();
    await this.pausing.renew(session);
    this.#keep(session, await session.poll(SPARE_POLL));
  }

  #keep(session: Session, messages: readonly Message[]): void {
    for (const message of messages) {
      const held = session.assignmentOf(message.partition);
      if (held === undefined) continue;
      const assignment = message.offset > held.taken ? held : session.startOver(held);
      assignment.taken = message.offset;
      this.#spare.push({ message, assignment });
    }
  }

  /** Up to `max` messages within the in-flight limits; messages of revoked partitions are dropped. */
  #handOut(max: number): KafkaDelivery[] {
    const receivedAt = performance.now();
    const deliveries: KafkaDelivery[] = [];
    const moved = new Set<PartitionAssignment>();
    let { count, bytes } = this.#held();
    let taken = 0;
    for (const { message, assignment } of this.#spare) {
      if (deliveries.length === max || this.#isFull(count, bytes)) break;
      taken++;
      if (assignment.state !== 'held') continue;
      if (assignment.skips(message.offset)) {
        this.repeatsSkipped++;
        moved.add(assignment);
        continue;
      }
      const delivery = new KafkaDelivery(message, assignment, receivedAt);
      this.#take(delivery);
      count++;
      bytes += bytesOf(delivery);
      deliveries.push(delivery);
    }
    if (taken > 0) this.#spare = taken === this.#spare.length ? [] : this.#spare.slice(taken);
    if (moved.size > 0) this.#session?.positions.store(moved);
    return deliveries;
  }

  #take(delivery: KafkaDelivery): void {
    if (this.options.source.group === null)
      this.#positions.set(delivery.assignment.partition, delivery.offset + 1);
    else delivery.assignment.handOut(delivery.offset, bytesOf(delivery));
  }

  #held(): { count: number; bytes: number } {
    let count = 0;
    let bytes = 0;
    for (const assignment of this.#session?.assignments ?? []) {
      count += assignment.unsettled;
      bytes += assignment.bytes;
    }
    return { count, bytes };
  }

  #isFull(count: number, bytes: number): boolean {
    const { maxInFlight, maxInFlightBytes } = this.options.source;
    // A message above the byte limit must pass alone, or it would never be delivered.
    return count >= maxInFlight || (count > 0 && bytes >= maxInFlightBytes);
  }

  #room(): number {
    const { count, bytes } = this.#held();
    return this.#isFull(count, bytes) ? 0 : this.options.source.maxInFlight - count;
  }

  /** Resolves when the loop has taken messages, or after a short time. */
  #want(count: number, signal: AbortSignal): Promise<void> {
    this.#wanted = count;
    const served = this.#served.wait(RECEIVE_TIMEOUT, signal);
    if (count > 0) this.#requested.wake();
    return served;
  }
}
