/**
 * The common harness of all fault tests on Kafka. It publishes numbered inputs, runs instances of the built
 * program during a fault, and counts missing and duplicate outcomes by id with an independent reader.
 *
 * The driver connects to the broker directly; the instances may connect through a proxy.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { createProducer, type NativeProducer } from '../../src/brokers/kafka/native';
import { Cli, until } from '../helpers/cli';
import { createTopic } from './kafka-admin';
import { partitionCount } from './live-reader';
import { OutcomeReader } from './outcome-reader';
import { readAll } from './read-all';
import { pause } from './watch';

/** Timeout of every wait; several brokers may share two cores, ms. */
export const PATIENCE = 120_000;
/** Session timeout of a member, ms; a shorter one expires on a busy machine. */
export const SESSION = 6_000;
/** Default limit of messages in flight. */
export const IN_FLIGHT = 256;
/** The commit interval of the program (200 ms) and as long again until the broker has the commit, ms. */
const COMMIT = 400;
/** A client without a confirmation for this long is replaced, ms: after two freezes librdkafka may never reconnect. */
const STUCK = 30_000;
/** Time for the broker to process the last requests of a closed client, ms. */
const LAST_REQUESTS = 3_000;
const FAILPOINTS = join(__dirname, 'failpoints.cjs');

type OnReport = (error: unknown, report: { readonly opaque?: unknown }) => void;
type Kind = 'input' | 'output' | 'dlq';

export interface StageOptions {
  readonly partitions?: number;
  /** Partitions of the topics, by kind. */
  readonly config?: Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;
  /** Topics that are not created. */
  readonly without?: readonly Kind[];
}

export interface InstanceOptions {
  /** Instance id in the group; a second start with the same name is a restart. */
  readonly name?: string;
  /** Replaces the driver's address, for example with a proxy. */
  readonly servers?: string;
  readonly flags?: readonly string[];
  /** An empty text removes a variable of the driver. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
  /** See failpoints.cjs. */
  readonly failpoint?: string;
}

export interface Tally {
  readonly missing: number;
  readonly duplicates: number;
}

/** Separate topics and a separate group, with the instances and clients that use them. */
export class Stage {
  readonly input: string;
  readonly output: string;
  readonly dlq: string;
  readonly group: string;
  readonly instances: Cli[] = [];
  published = 0;
  #producer: NativeProducer | undefined;
  #reader: OutcomeReader | undefined;

  private constructor(
    readonly servers: string,
    id: string,
  ) {
    this.input = `images-${id}`;
    this.output = `predictions-${id}`;
    this.dlq = `images-${id}.dlq`;
    this.group = `group-${id}`;
  }

  static async create(servers: string, options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(servers, randomBytes(4).toString('hex'));
    const { partitions = 4, config = {}, without = [] } = options;
    const counts = { input: partitions, output: 2, dlq: 1 };
    for (const kind of ['input', 'output', 'dlq'] as const)
      if (!without.includes(kind)) await createTopic(servers, stage[kind], counts[kind], config[kind]);
    return stage;
  }

  /** Starts an instance of the program on these topics. */
  start(options: InstanceOptions = {}): Cli {
    const { name = `instance-${this.instances.length}`, servers = this.servers, failpoint } = options;
    const properties = { 'session.timeout.ms': String(SESSION), ...options.properties };
    const flags = [
      ...['--broker', 'kafka', '--bootstrap-servers', servers, '--group', this.group],
      ...['--input-topic', this.input, '--output-topic', this.output, '--dlq-topic', this.dlq],
      ...['--port', '0', '--workers', '1', '--max-in-flight', String(IN_FLIGHT), '--log-format', 'json'],
      ...Object.entries(properties).flatMap(([key, value]) =>
        value === '' ? [] : ['-X', `${key}=${value}`],
      ),
      ...(options.flags ?? []),
    ];
    const instance = new Cli(flags, {
      STREAM_INFER_INSTANCE_ID: name,
      ...(failpoint !== undefined && {
        NODE_OPTIONS: `--require ${FAILPOINTS}`,
        STREAM_INFER_FAILPOINT: failpoint,
      }),
      ...options.env,
    });
    this.instances.push(instance);
    return instance;
  }

  /** Starts a `serve` process, which joins no group. */
  serve(): Cli {
    const flags = [
      ...['serve', '--broker', 'kafka', '--bootstrap-servers', this.servers, '--port', '0'],
      ...['--input-topic', this.input, '--output-topic', this.output, '--dlq-topic', this.dlq],
      ...['--log-format', 'json'],
    ];
    const instance = new Cli(flags, {});
    this.instances.push(instance);
    return instance;
  }

  /** Publishes the next `count` images, at most `rate` per second; resolves when the broker has confirmed all. */
  async publish(count: number, rate = Infinity): Promise<void> {
    const startedAt = performance.now();
    const open = new Set<number>();
    let heardAt = startedAt;
    const onReport: OnReport = (error, { opaque }) => {
      if (error) return;
      heardAt = performance.now();
      open.delete(Number(opaque));
    };
    const producer = await this.#connectedProducer();
    producer.on('delivery-report', onReport);
    for (let i = 0; i < count; i++) {
      while (i / rate > (performance.now() - startedAt) / 1_000) await pause(20);
      const n = this.published++;
      open.add(n);
      this.#produce(producer, n);
      if (i % 1_000 === 999) await pause(1);
    }
    await until(
      async () => {
        if (open.size > 0 && performance.now() - heardAt > STUCK) {
          await this.#publishAnew(open, onReport);
          heardAt = performance.now();
        }
        return open.size === 0;
      },
      PATIENCE,
      () => `the driver published ${count - open.size} of ${count}`,
    );
    this.#producer?.off('delivery-report', onReport);
  }

  /** Publishes one message that is not part of the numbered set. */
  async publishOther(
    value: Buffer,
    id: string,
    { key, partition }: { key?: Buffer; partition?: number } = {},
  ): Promise<void> {
    const producer = await this.#connectedProducer();
    const reported = new Promise<void>((resolve, reject) =>
      producer.once('delivery-report', (error: unknown) =>
        error ? reject(new Error(JSON.stringify(error))) : resolve(),
      ),
    );
    // The producer discovers new partitions a moment later.
    await until(
      () => {
        producer.produce(this.input, partition ?? null, value, key ?? null, undefined, undefined, [{ id }]);
        return true;
      },
      PATIENCE,
      () => `${this.input}/${partition} is not known`,
    );
    await reported;
  }

  /** Reads both outcome topics from their beginning. */
  async outcomes(): Promise<OutcomeReader> {
    this.#reader ??= await OutcomeReader.open(this.servers, [this.output, this.dlq]);
    return this.#reader;
  }

  async tally(): Promise<Tally> {
    const { counts } = await this.outcomes();
    let missing = 0;
    let duplicates = 0;
    for (let n = 0; n < this.published; n++) {
      const count = counts.get(String(n)) ?? 0;
      if (count === 0) missing++;
      else duplicates += count - 1;
    }
    return { missing, duplicates };
  }

  /**
   * The largest number of messages that a crash repeats: those in flight, and those confirmed since the last commit.
   * How many that are depends on the machine.
   */
  async mostRepeated(): Promise<number> {
    return IN_FLIGHT + (await this.outcomes()).mostWithin(COMMIT);
  }

  /** Waits until at least `count` inputs have an outcome. */
  async reached(count: number, timeoutMs = PATIENCE): Promise<void> {
    const reader = await this.outcomes();
    await until(
      () => reader.counts.size >= count,
      timeoutMs,
      () => `${reader.counts.size} of ${count} outcomes\n${this.#logs()}`,
    );
  }

  /** Waits until nothing is missing, and a moment longer to count duplicates. */
  async complete(timeoutMs = PATIENCE): Promise<Tally> {
    const reader = await this.outcomes();
    await until(
      async () => (await this.tally()).missing === 0,
      timeoutMs,
      () => `${reader.counts.size} distinct outcomes for ${this.published} inputs\n${this.#logs()}`,
    );
    await reader.quiet();
    return await this.tally();
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => kill(instance)));
    await this.#reader?.close();
    if (this.#producer !== undefined) await disconnectClient(this.#producer);
  }

  /** Publishes open messages with a new client, except those already in the topic. */
  async #publishAnew(open: Set<number>, onReport: OnReport): Promise<void> {
    const stuck = this.#producer;
    this.#producer = undefined;
    if (stuck !== undefined) await disconnectClient(stuck);
    const producer = await this.#connectedProducer();
    await pause(LAST_REQUESTS);
    const partitions = await partitionCount(producer, this.input);
    for (const { headers } of await readAll(this.servers, { [this.input]: partitions }, 30_000))
      for (const { id } of headers ?? []) if (id !== undefined) open.delete(Number(id));
    producer.on('delivery-report', onReport);
    for (const n of open) this.#produce(producer, n);
  }

  #produce(producer: NativeProducer, n: number): void {
    producer.produce(this.input, null, imageOf(n), null, undefined, n, [{ id: String(n) }]);
  }

  async #connectedProducer(): Promise<NativeProducer> {
    if (this.#producer !== undefined) return this.#producer;
    const producer = createProducer(loadKafka(), {
      'bootstrap.servers': this.servers,
      'enable.idempotence': true,
      'message.timeout.ms': 300_000,
      // A frozen broker is abandoned early, so that the driver does not hang longer than the program.
      'socket.timeout.ms': 10_000,
      'request.timeout.ms': 10_000,
      'metadata.recovery.rebootstrap.trigger.ms': 10_000,
      // Interval of metadata refreshes, to discover new partitions soon.
      'topic.metadata.refresh.interval.ms': 2_000,
      'message.max.bytes': 64 * 1024 * 1024,
      'reconnect.backoff.max.ms': 500,
      'linger.ms': 5,
    });
    producer.on('event.error', () => undefined);
    await connectClient(producer);
    producer.setPollInBackground(true);
    this.#producer = producer;
    return producer;
  }

  #logs(): string {
    return this.instances.map(({ stderr }, i) => `--- instance ${i}\n${stderr.slice(-3_000)}`).join('\n');
  }
}

/** SIGKILL also ends frozen processes. */
async function kill(instance: Cli): Promise<void> {
  if (instance.child.exitCode === null && instance.child.signalCode === null) await instance.stop('SIGKILL');
}

/** 784 bytes that differ from number to number. */
export function imageOf(n: number): Buffer {
  const image = Buffer.alloc(784, n % 251);
  image.writeUInt32LE(n, 0);
  return image;
}
