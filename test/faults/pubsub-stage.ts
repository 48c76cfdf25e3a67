/**
 * The common harness of all fault tests on Pub/Sub. It publishes numbered images, runs the built program
 * during a fault, and counts missing and duplicate outcomes in the broker's own records.
 */
import { PubSub } from '@google-cloud/pubsub';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Cli, cli, until, type Finished } from '../helpers/cli';
import type { PubsubFake } from '../helpers/pubsub';
import { type StoredMessage } from '../helpers/pubsub';

/** Timeout of every wait, ms; the machine may be shared. */
export const PATIENCE = 60_000;
export const PROJECT = 'stream-infer-faults';
/** Default limit of messages in flight. */
export const IN_FLIGHT = 64;
/** Longer than any lease of the program, ms. */
export const LEASE = 65_000;

const IMAGE_BYTES = 784;
const NUMBER = 'n';

export interface Tally {
  readonly missing: number;
  /** Outcomes beyond the first of an image. */
  readonly duplicates: number;
}

export class PubsubStage {
  /** Outlasts the program: instance id, published ids. */
  readonly #home = mkdtempSync(join(tmpdir(), 'stream-infer-faults-'));
  readonly #running: Cli[] = [];
  #client: PubSub | undefined;
  #published = 0;

  constructor(
    private readonly fake: PubsubFake,
    private readonly delivery: 'at-least-once' | 'exactly-once' = 'at-least-once',
  ) {}

  /** The folder of the program's data. */
  get home(): string {
    return this.#home;
  }

  get published(): number {
    return this.#published;
  }

  /** Starts the program as a child process without waiting for readiness. Every start is a restart of the same instance. */
  run(...flags: string[]): Cli {
    return this.runIn({}, ...flags);
  }

  /** With further environment variables. */
  runIn(environment: NodeJS.ProcessEnv, ...flags: string[]): Cli {
    const program = new Cli(
      [
        ...['--broker', 'pubsub', '--project', PROJECT, '--port', '0', '--delivery', this.delivery],
        ...['--runtime', 'tfjs-wasm', '--workers', '1', '--max-batch', '16'],
        ...['--max-in-flight', String(IN_FLIGHT), ...flags],
      ],
      { ...this.#environment(), ...environment },
    );
    this.#running.push(program);
    return program;
  }

  /** A command that ends by itself, at the same broker. */
  async cli(...words: string[]): Promise<Finished> {
    return await cli([...words, '--broker', 'pubsub', '--project', PROJECT], this.#environment());
  }

  async createTopics(): Promise<void> {
    await this.#topics('create', '--delivery', this.delivery);
  }

  /** Publishes so many more images; those of one call have one time of arrival for the program. */
  async publish(count: number, orderingKey?: string): Promise<void> {
    const options = orderingKey === undefined ? {} : { messageOrdering: true };
    const topic = this.client().topic('images', options);
    const publishing: Promise<string>[] = [];
    for (const end = this.#published + count; this.#published < end; this.#published++) {
      const data = Buffer.alloc(IMAGE_BYTES, this.#published % 256);
      const message = { data, attributes: { [NUMBER]: String(this.#published) } };
      publishing.push(
        topic.publishMessage(orderingKey === undefined ? message : { ...message, orderingKey }),
      );
    }
    await Promise.all(publishing);
  }

  /** One more, with these bytes; its number. */
  async publishImage(data: Buffer): Promise<number> {
    const number = this.#published++;
    await this.client()
      .topic('images')
      .publishMessage({ data, attributes: { [NUMBER]: String(number) } });
    return number;
  }

  client(): PubSub {
    process.env['PUBSUB_EMULATOR_HOST'] = this.fake.address;
    return (this.#client ??= new PubSub({
      projectId: PROJECT,
      clientOptions: { universeDomain: 'googleapis.com' },
    }));
  }

  /** Predictions and dead letters, as the broker holds them. */
  async outcomes(): Promise<StoredMessage[]> {
    const [predictions, letters] = [
      await this.fake.messages(PROJECT, 'predictions'),
      await this.fake.messages(PROJECT, 'images.dlq'),
    ];
    return [...predictions, ...letters];
  }

  /** Of the images whose outcome the broker has, in the order of arrival; twice what came twice. */
  async numbersWithOutcome(): Promise<number[]> {
    return (await this.outcomes()).map(({ attributes }) => Number(attributes?.[NUMBER]));
  }

  async tally(): Promise<Tally> {
    const numbers = await this.numbersWithOutcome();
    const seen = new Set(numbers).size;
    return { missing: this.#published - seen, duplicates: numbers.length - seen };
  }

  /** Images whose ack the broker has. */
  async acked(): Promise<number> {
    return (await this.fake.messages(PROJECT, 'images')).filter(({ acks }) => acks > 0).length;
  }

  /** Waits until every image has an outcome and an ack. */
  async done(): Promise<Tally> {
    await this.until(async () => (await this.acked()) === this.#published);
    return await this.tally();
  }

  async until(condition: () => Promise<boolean> | boolean, timeout = PATIENCE): Promise<void> {
    await until(condition, timeout, () => `${this.#running.at(-1)?.stderr.slice(-3_000)}`);
  }

  /** Stops everything that the test left running. */
  async close(): Promise<void> {
    for (const program of this.#running) {
      program.child.kill('SIGKILL');
      await program.finished;
    }
    await this.#client?.close();
    delete process.env['PUBSUB_EMULATOR_HOST'];
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #topics(...args: string[]): Promise<void> {
    const { code, stderr } = await this.cli('topics', ...args);
    if (code !== 0) throw new Error(stderr);
  }

  #environment(): NodeJS.ProcessEnv {
    return { PUBSUB_EMULATOR_HOST: this.fake.address, XDG_DATA_HOME: this.#home };
  }
}

/** What `/readyz` says while it is not ready. */
export async function unreadyReasons(program: Cli): Promise<string> {
  const response = await fetch(`${program.url}/readyz`);
  if (response.ok) return '';
  const { reasons } = (await response.json()) as { reasons: string[] };
  return reasons.join(' ');
}

/** Number of messages in flight. */
export async function inFlight(program: Cli): Promise<number> {
  return (await program.json<{ activity: { inFlight: number } }>('/api/v1/stats')).activity.inFlight;
}

/** 0 if unknown. */
export function residentMegabytes({ child }: Cli): number {
  const file = `/proc/${child.pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}
