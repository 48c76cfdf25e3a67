import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Delivery } from '../../core/message';
import type { ConnectionStatus, Log, MessageSource, PartitionLag, SourceOptions } from '../../core/ports';
import { ClientErrors } from './client-errors';
import { KafkaDelivery, bytesOf } from './convert';
import { statusOf } from './health';
import { Lately } from './lately';
import type { Lease } from './lease';
import type { Message, NativeSdk, Properties } from './native';
import { Session } from './session';
import { Supervisor } from './supervisor';

/** How long `receive` waits for a message, ms. */
const RECEIVE_TIMEOUT = 100;
/** After so long without anybody taking messages the partitions are paused, ms. */
const IDLE = 1_000;
/** Messages taken at once: more would hold a thread of libuv's pool for long. */
const MAX_POLL = 1_000;
/** Messages taken at once while nobody asked for any; after `pause` there are hardly any. */
const SPARE_POLL = 100;

export interface KafkaSourceOptions {
  readonly sdk: NativeSdk;
  readonly source: SourceOptions;
  readonly properties: Properties;
  /** Resolves with what the properties do not say yet (the address of an embedded cluster). */
  readonly start: () => Promise<Properties>;
  readonly address: string;
  readonly log: Log;
  readonly onClose: (source: KafkaSource) => void;
  /** Of a client that looks at the group from outside; absent where the broker cannot tell. */
  readonly observer?: Properties;
  readonly companion?: Companion;
}

/** A producer that advances this source in its transactions: it begins and ends with each session. */
export interface Companion {
  /** Noted by both of them: after one, either may be shut out by its own former self. */
  readonly outages: Lately;
  /** Before the consumer connects. A rejection ends the session; `signal` ends waiting. */
  open(signal: AbortSignal): Promise<void>;
  attach(session: Session): void;
  /** Deliveries of partitions that were taken away are nobody's business here any more. */
  onUnassigned(): void;
  /** Before the consumer disconnects: it makes no use of it any more when this resolves. */
  stop(): Promise<void>;
  /**
   * After the consumer's end.
   *
   * @param forGood the process is about to end
   */
  end(forGood: boolean): Promise<void>;
}

/**
 * One loop runs from `open` to `close`: connect a session, poll it until it fails, end it, wait, again. Only this loop
 * polls, and it polls always: rebalances, errors and statistics are served by polling alone. `receive` tells it how many
 * messages are wanted.
 */
export class KafkaSource implements MessageSource {
  readonly #supervisor: Supervisor;
  readonly #positions: Map<number, number>;
  readonly #outages = new Lately();
  readonly #fencings = new Lately();
  readonly #stalls = new Map<string, { offset: number; at: number }>();
  readonly #errors: ClientErrors;
  readonly #stale = new Map<number, number>();
  #hasBeenUp = false;
  #session: Session | undefined;
  /** Taken from Kafka and not handed out yet. */
  #spare: { message: Message; lease: Lease }[] = [];
  #wanted = 0;
  #wantedAt = performance.now();
  /** Wakes the loop when somebody wants messages. */
  #wakeLoop: (() => void) | undefined;
  /** Wakes `receive` when there are some. */
  #wakeReceive: (() => void) | undefined;

  constructor(private readonly options: KafkaSourceOptions) {
    this.#positions = new Map(options.source.positions);
    this.#errors = new ClientErrors(options.log);
    const live = (onUp: () => void, signal: AbortSignal): Promise<void> => this.#live(onUp, signal);
    this.#supervisor = new Supervisor({
      name: 'kafka source',
      otherwise: 'SOURCE_LOST',
      log: options.log,
      live,
    });
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#supervisor.open(signal);
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    const ready = this.#handOut(max);
    if (ready.length > 0) return ready;
    // A turn of the event loop even so: a caller that asks on and on would starve it, and its own time-outs with it.
    if (this.#supervisor.failure?.code === 'FENCED') throw this.#supervisor.failure;
    if (signal.aborted || this.#supervisor.closing) return await nextTurn([]);
    await this.#want(Math.min(max, this.#room()), signal);
    return signal.aborted ? [] : this.#handOut(max);
  }

  settle(deliveries: readonly Delivery[]): void {
    if (this.options.source.group === null) return;
    const moved = new Set<Lease>();
    for (const delivery of deliveries as readonly KafkaDelivery[]) {
      if (delivery.lease.settle(delivery.offset, bytesOf(delivery))) moved.add(delivery.lease);
    }
    this.#session?.store(moved);
  }

  isCurrent(delivery: Delivery): boolean {
    if (this.#supervisor.closing) return false;
    const { lease, offset } = delivery as KafkaDelivery;
    return this.options.source.group === null || lease.holds(offset);
  }

  /** What a companion hears of its broker before the consumer does. */
  heard(status: ConnectionStatus): void {
    this.#supervisor.heard(status);
  }

  errors(): ReadonlyMap<string, number> {
    return this.#errors.counts;
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
    this.#wakeLoop?.();
    this.#wakeReceive?.();
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
      stale: this.#stale,
      returning: this.#hasBeenUp,
      observer: observer && { ...observer, ...started },
      heard: (status) => this.#supervisor.heard(status),
      transactional: companion !== undefined,
      onUnassigned: () => companion?.onUnassigned(),
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
      await session.end(signal.aborted);
      await companion?.end(signal.aborted);
      this.#session = undefined;
      this.#spare = [];
    }
  }

  async #pollUntilReady(session: Session, signal: AbortSignal): Promise<void> {
    while (!session.ready && !signal.aborted) this.#keep(session, await session.poll(SPARE_POLL));
  }

  async #poll(session: Session, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#wanted > 0) await this.#serve(session);
      else if (performance.now() - this.#wantedAt > IDLE) await this.#idle(session);
      else await this.#untilWanted();
    }
  }

  async #serve(session: Session): Promise<void> {
    session.resume();
    this.#keep(session, await session.poll(Math.min(this.#wanted, MAX_POLL)));
    this.#wantedAt = performance.now();
    this.#wanted = 0;
    this.#wakeReceive?.();
  }

  /** Nobody takes messages: without a pause librdkafka would hand us its prefetch, and not polling means being expelled. */
  async #idle(session: Session): Promise<void> {
    session.pause();
    this.#keep(session, await session.poll(SPARE_POLL));
  }

  #keep(session: Session, messages: readonly Message[]): void {
    for (const message of messages) {
      const held = session.leaseOf(message.partition);
      if (held === undefined) continue;
      const lease = message.offset > held.taken ? held : session.startOver(held);
      lease.taken = message.offset;
      this.#spare.push({ message, lease });
    }
  }

  /** Up to `max` messages for which there is room; those of partitions that were revoked meanwhile are dropped. */
  #handOut(max: number): KafkaDelivery[] {
    const receivedAt = performance.now();
    const deliveries: KafkaDelivery[] = [];
    let { count, bytes } = this.#held();
    let taken = 0;
    for (const { message, lease } of this.#spare) {
      if (deliveries.length === max || this.#isFull(count, bytes)) break;
      taken++;
      if (lease.state !== 'held') continue;
      const delivery = new KafkaDelivery(message, lease, receivedAt);
      this.#take(delivery);
      count++;
      bytes += bytesOf(delivery);
      deliveries.push(delivery);
    }
    if (taken > 0) this.#spare = taken === this.#spare.length ? [] : this.#spare.slice(taken);
    return deliveries;
  }

  #take(delivery: KafkaDelivery): void {
    if (this.options.source.group === null)
      this.#positions.set(delivery.lease.partition, delivery.offset + 1);
    else delivery.lease.handOut(delivery.offset, bytesOf(delivery));
  }

  #held(): { count: number; bytes: number } {
    let count = 0;
    let bytes = 0;
    for (const lease of this.#session?.leases ?? []) {
      count += lease.unsettled;
      bytes += lease.bytes;
    }
    return { count, bytes };
  }

  #isFull(count: number, bytes: number): boolean {
    const { maxInFlight, maxInFlightBytes } = this.options.source;
    // One above the limit of bytes has to pass when it is alone, or it would never come.
    return count >= maxInFlight || (count > 0 && bytes >= maxInFlightBytes);
  }

  #room(): number {
    const { count, bytes } = this.#held();
    return this.#isFull(count, bytes) ? 0 : this.options.source.maxInFlight - count;
  }

  /** Resolves when the loop has taken messages, or after a short while. */
  #want(count: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#wakeReceive = undefined;
        resolve();
      };
      const timer = setTimeout(wake, RECEIVE_TIMEOUT);
      signal.addEventListener('abort', wake);
      this.#wakeReceive = wake;
      this.#wanted = count;
      if (count > 0) this.#wakeLoop?.();
    });
  }

  #untilWanted(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakeLoop = undefined;
        resolve();
      };
      const timer = setTimeout(wake, IDLE);
      this.#wakeLoop = wake;
    });
  }
}
