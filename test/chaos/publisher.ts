/** The numbered stream of one run. It survives every outage by replacing a stuck client. */
import { connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { createProducer, type NativeProducer } from '../../src/brokers/kafka/native';
import { until } from '../helpers/cli';
import { imageOf } from '../faults/driver';
import { pause } from '../faults/watch';

/** Interval of produce calls, ms. */
const TICK = 50;
/** One message in this number is not an image, so that each run has dead letters. */
const NOT_AN_IMAGE_EVERY = 40;
/** A client without a confirmation for this long, with the broker up, is replaced, ms. */
const STUCK = 10_000;

export interface PublisherOptions {
  readonly servers: string;
  readonly topic: string;
  /** Messages a second. */
  readonly rate: number;
  /** How long the broker has been there without interruption, ms; 0 while it is away. */
  readonly brokerAliveMs: () => number;
  readonly onConfirmed: (id: number, partition: number) => void;
}

interface Report {
  readonly partition: number;
  readonly opaque?: unknown;
}

export class Publisher {
  /** The next number. */
  next = 0;
  /** New clients that were needed. */
  replaced = 0;
  /** Numbers that the broker has not confirmed. */
  readonly #open = new Set<number>();
  #producer: NativeProducer | undefined;
  #heardAt = performance.now();
  #paused = false;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(private readonly options: PublisherOptions) {}

  get confirmed(): number {
    return this.next - this.#open.size;
  }

  async start(): Promise<void> {
    this.#producer = await this.#connect();
    this.#loop = this.#run();
  }

  /** Resolves when the broker has confirmed everything so far, before the topic is deleted. */
  async pause(timeoutMs: number): Promise<void> {
    this.#paused = true;
    await this.#confirmedAll(timeoutMs);
  }

  /** Continues with a new client, which has no state of the deleted topic. */
  async resume(): Promise<void> {
    await this.#replace();
    this.#paused = false;
  }

  /** Stops publishing; resolves when the broker has confirmed everything. */
  async finish(timeoutMs: number): Promise<void> {
    this.#paused = true;
    await this.#confirmedAll(timeoutMs);
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    if (this.#producer !== undefined) await disconnectClient(this.#producer);
  }

  #confirmedAll(timeoutMs: number): Promise<void> {
    return until(
      () => this.#open.size === 0,
      timeoutMs,
      () => `the publisher has no confirmation for ${this.#open.size} of ${this.next} messages`,
    );
  }

  async #run(): Promise<void> {
    let last = performance.now();
    let due = 0;
    while (!this.#stopped) {
      await pause(TICK);
      const now = performance.now();
      due = this.#paused ? 0 : due + ((now - last) / 1_000) * this.options.rate;
      last = now;
      for (; due >= 1; due--) this.#publish(this.next++);
      if (this.#isStuck(now)) await this.#replace();
    }
  }

  #isStuck(now: number): boolean {
    if (this.#open.size === 0) this.#heardAt = now;
    return now - this.#heardAt > STUCK && this.options.brokerAliveMs() > STUCK;
  }

  /** Republishes unconfirmed messages, which may then be two inputs in the topic. */
  async #replace(): Promise<void> {
    const old = this.#producer;
    this.#producer = undefined;
    if (old !== undefined) void disconnectClient(old);
    if (this.#open.size > 0) this.replaced++;
    this.#producer = await this.#connect();
    this.#heardAt = performance.now();
    for (const id of this.#open) this.#produce(id);
  }

  #publish(id: number): void {
    this.#open.add(id);
    this.#produce(id);
  }

  #produce(id: number): void {
    const value = id % NOT_AN_IMAGE_EVERY === 7 ? Buffer.from(`not an image: ${id}`) : imageOf(id);
    // While there is no client the number stays open, and the next client publishes it.
    this.#producer?.produce(this.options.topic, null, value, null, undefined, id, [{ id: String(id) }]);
  }

  async #connect(): Promise<NativeProducer> {
    for (;;) {
      const producer = createProducer(loadKafka(), {
        'bootstrap.servers': this.options.servers,
        'enable.idempotence': true,
        'message.timeout.ms': 300_000,
        'socket.timeout.ms': 10_000,
        'reconnect.backoff.max.ms': 500,
        // New partitions get messages soon.
        'topic.metadata.refresh.interval.ms': 2_000,
        'linger.ms': 5,
      });
      producer.on('event.error', () => undefined);
      producer.on('delivery-report', (error: unknown, report: Report) =>
        this.#onReport(producer, error, report),
      );
      try {
        await connectClient(producer);
        producer.setPollInBackground(true);
        return producer;
      } catch (error) {
        if (this.#stopped) throw error;
        await pause(500);
      }
    }
  }

  #onReport(producer: NativeProducer, error: unknown, { partition, opaque }: Report): void {
    // Reports of a client that was replaced count, too, but its failures do not: another one has the message.
    if (!error) {
      this.#heardAt = performance.now();
      if (this.#open.delete(Number(opaque))) this.options.onConfirmed(Number(opaque), partition);
    } else if (producer === this.#producer && this.#open.has(Number(opaque))) this.#produce(Number(opaque));
  }
}
