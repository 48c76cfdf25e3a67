/**
 * Runs a group of instances of the built program on a real Kafka for any time, under a seeded schedule of
 * faults. An independent reader counts missing and duplicate outcomes at the end.
 *
 * npm run soak -- --minutes n [--seed s] [--broker kafka] [--delivery at-least-once] [--rate n]
 */
import { parseArgs } from 'node:util';

import { until, type Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { SESSION, Stage } from '../faults/driver';
import { random } from '../faults/random';
import { pause } from '../faults/watch';

/** Members of the group; each is running, frozen or stopped. */
const MEMBERS = ['first', 'second', 'third'];
/** Between two faults, ms. */
const CALM = [1_000, 6_000] as const;
/** Time limit for the remaining outcomes after the last fault, ms. */
const PATIENCE = 240_000;

type Next = () => number;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    broker: { type: 'string', default: 'kafka' },
    delivery: { type: 'string', default: 'at-least-once' },
    rate: { type: 'string', default: '150' },
  },
});

void main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

async function main(): Promise<void> {
  const minutes = positive('minutes', values.minutes);
  const rate = positive('rate', values.rate);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed}: expected a whole number`);
  if (values.broker !== 'kafka')
    throw new Error(`--broker ${values.broker}: only kafka can be soaked so far`);
  console.log(`seed ${seed}`);
  const kafka = await KafkaServer.create();
  const stage = await Stage.create(kafka.bootstrapServers);
  try {
    const soak = new Soak(kafka, stage, random(seed), values.delivery);
    const { missing, duplicates } = await soak.run(minutes * 60_000, rate);
    console.log(
      `${stage.published} published, ${missing} missing, ${duplicates} duplicates, ${soak.faults} faults, seed ${seed}`,
    );
    const exact = values.delivery !== 'exactly-once' || duplicates === 0;
    process.exitCode = missing === 0 && exact ? 0 : 1;
  } finally {
    await stage.close();
    await kafka.close();
  }
  // The native clients keep the process for a while.
  process.exit();
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: expected a number above 0`);
}

class Soak {
  faults = 0;
  readonly #startedAt = performance.now();
  readonly #running = new Map<string, Cli>();

  constructor(
    private readonly kafka: KafkaServer,
    private readonly stage: Stage,
    private readonly next: Next,
    private readonly delivery: string,
  ) {}

  async run(ms: number, rate: number): Promise<{ missing: number; duplicates: number }> {
    for (const name of MEMBERS.slice(0, 2)) this.#join(name);
    await this.stage.outcomes();
    let over = false;
    const publishing = (async () => {
      while (!over) await this.stage.publish(Math.ceil(rate), rate);
    })();
    while (performance.now() - this.#startedAt < ms) {
      await pause(CALM[0] + this.next() * (CALM[1] - CALM[0]));
      await this.#strike();
    }
    over = true;
    this.#say('no more faults');
    for (const name of MEMBERS) if (!this.#running.has(name)) this.#join(name);
    await publishing;
    const tally = await this.#whatCame();
    // Exits from now on are expected.
    this.#running.clear();
    return tally;
  }

  /** Missing images are a result, not an error of the harness. */
  async #whatCame(): Promise<{ missing: number; duplicates: number }> {
    try {
      return await this.stage.complete(PATIENCE);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return await this.stage.tally();
    }
  }

  /** Draws every number even if unused, so that the schedule depends only on the seed. */
  async #strike(): Promise<void> {
    const [kind, who, howLong] = [this.next(), this.next(), this.next()];
    const name = MEMBERS[Math.floor(who * MEMBERS.length)] as string;
    this.faults++;
    if (kind < 0.72) await this.#strikeMember(name, kind, howLong);
    else await this.#strikeBroker(kind, howLong);
  }

  async #strikeMember(name: string, kind: number, howLong: number): Promise<void> {
    const member = this.#running.get(name);
    if (member === undefined) return this.#join(name);
    if (kind < 0.3) await this.#leave(name, member, 'SIGKILL');
    else if (kind < 0.52) await this.#leave(name, member, 'SIGTERM');
    else {
      const ms = Math.round(500 + howLong * 2 * SESSION);
      this.#say(`${name} frozen for ${ms} ms`);
      member.child.kill('SIGSTOP');
      await pause(ms);
      member.child.kill('SIGCONT');
    }
  }

  async #strikeBroker(kind: number, howLong: number): Promise<void> {
    if (kind < 0.82) {
      const ms = Math.round(500 + howLong * 12_000);
      this.#say(`the broker frozen for ${ms} ms`);
      this.kafka.signal('SIGSTOP');
      await pause(ms);
      return this.kafka.signal('SIGCONT');
    }
    const signal = kind < 0.92 ? 'SIGKILL' : 'SIGTERM';
    const ms = Math.round(howLong * 5_000);
    this.#say(`the broker ended by ${signal}, away for ${ms} ms`);
    await this.kafka.stop(signal);
    await pause(ms);
    await this.kafka.start();
  }

  #join(name: string): void {
    this.#say(`${name} joins`);
    const instance = this.stage.start({
      name,
      flags: ['--delivery', this.delivery],
      env: { NODE_OPTIONS: '' },
    });
    this.#running.set(name, instance);
    // An unexpected exit is a failure; the instance restarts as under a supervisor.
    void instance.finished.then(({ code, signal, stderr }) => {
      if (this.#running.get(name) !== instance) return;
      this.#running.delete(name);
      this.#say(`${name} ended by itself (${signal ?? code}): ${stderr.slice(-2_000)}`);
    });
  }

  async #leave(name: string, member: Cli, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#say(`${name} ended by ${signal}`);
    this.#running.delete(name);
    const stopped = member.stop(signal);
    await until(
      () => stopped.then(() => true),
      60_000,
      () => `${name} does not end`,
    );
    const { code } = await stopped;
    if (signal === 'SIGTERM' && code !== 0) this.#say(`${name} drained with exit code ${code}`);
  }

  #say(what: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(7);
    console.log(`${seconds} s  ${what}`);
  }
}
