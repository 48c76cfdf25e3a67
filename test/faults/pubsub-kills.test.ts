/**
 * SIGKILL at seeded times. A kill after Pub/Sub confirmed an outcome, but before the program recorded it,
 * causes a duplicate. The table of the killed program gives the exact number, and there must be no more.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readLog } from '../../src/core/record-log/read-log';
import type { Cli } from '../helpers/cli';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { IN_FLIGHT, LEASE, PubsubStage } from './pubsub-stage';
import { endsWell } from './watch';

jest.setTimeout(180_000);

const UNAVAILABLE = 14;
const KILLS = 4;
const IMAGES = 200;
const SEED = Number(process.env['SEED'] ?? 20_261_121);

describeWith(['go'], `stream-infer --broker pubsub, killed at moments of the seed ${SEED}`, () => {
  const fake = new PubsubFake();
  let stage: PubsubStage;
  let random: () => number;

  beforeAll(() => fake.start(), BUILD_TIME);
  beforeEach(async () => {
    await fake.restart();
    random = seeded(SEED);
  });
  afterEach(() => stage.close());
  afterAll(() => fake.kill());

  it('at-least-once: nothing is missing, and a kill repeats at most the messages in flight', async () => {
    stage = new PubsubStage(fake, 'at-least-once');
    await killRepeatedly(async () => undefined);
    const { missing, duplicates } = await finish();
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(KILLS * 2 * IN_FLIGHT);
  });

  it('exactly-once, killed between publish and ack: only unrecorded outcomes are duplicated', async () => {
    stage = new PubsubStage(fake, 'exactly-once');
    const unwritten = new Map<string, number>();
    await killRepeatedly(
      () => notePublishedButUnwritten(unwritten),
      () => fake.fault({ method: 'Acknowledge', kind: 'fail', code: UNAVAILABLE, left: -1 }),
    );
    expect(await stage.acked()).toBe(0);
    await fake.clear();
    expect(await finish()).toEqual({ missing: 0, duplicates: sum(unwritten) });
    report(unwritten);
  });

  it('exactly-once, killed anywhere or before the confirmation: only unrecorded outcomes are duplicated', async () => {
    stage = new PubsubStage(fake, 'exactly-once');
    const unwritten = new Map<string, number>();
    await killRepeatedly(
      () => notePublishedButUnwritten(unwritten),
      (run) => (run % 2 === 0 ? fake.clear() : fake.fault({ method: 'Publish', kind: 'hang', left: -1 })),
    );
    await fake.clear();
    expect(sum(unwritten)).toBeGreaterThan(0);
    expect(await finish()).toEqual({ missing: 0, duplicates: sum(unwritten) });
    report(unwritten);
  });

  /** Each run works for a random number of outcomes and some random ms more. */
  async function killRepeatedly(
    afterKill: () => Promise<unknown>,
    beforeRun: (run: number) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await stage.createTopics();
    await stage.publish(IMAGES);
    for (let kill = 0; kill < KILLS; kill++) {
      await beforeRun(kill);
      const before = (await stage.outcomes()).length;
      const program = stage.run('--no-http');
      const enough = before + 1 + Math.floor(random() * 30);
      await stage.until(async () => (await stage.outcomes()).length >= enough || hasEnded(program));
      await sleep(random() * 20);
      await program.stop('SIGKILL');
      // The dead program's leases end.
      await fake.advance(LEASE);
      await afterKill();
    }
  }

  async function finish(): Promise<{ missing: number; duplicates: number }> {
    const program = stage.run('--no-http');
    const tally = await stage.done();
    await endsWell(program);
    return tally;
  }

  /** For each image whose outcomes are not in the killed program's table: how many of them the broker has. */
  async function notePublishedButUnwritten(unwritten: Map<string, number>): Promise<void> {
    const written = writtenIds(stage.home);
    const counts = new Map<string, number>();
    for (const { attributes } of await stage.outcomes()) {
      // A dead letter says its source; a prediction of an image without a key is keyed by its id, which is the message's.
      const id = attributes?.['source-id'] ?? attributes?.['key'] ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, count] of counts) if (!written.has(id)) unwritten.set(id, count);
  }
});

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function report(unwritten: ReadonlyMap<string, number>): void {
  process.stderr.write(
    `${KILLS} kills, ${sum(unwritten)} outcomes not yet written down, as many duplicates\n`,
  );
}

function hasEnded({ child }: Cli): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Message ids in all tables of the program, without their publish time. */
function writtenIds(home: string): ReadonlySet<string> {
  const ids = new Set<string>();
  const folder = join(home, 'stream-infer', 'published');
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (!name.endsWith('.table')) continue;
    const { records } = readLog(join(folder, name));
    for (const json of records) {
      const { published = [], acknowledged = [] } = JSON.parse(json) as Record<string, string[] | undefined>;
      for (const id of [...published, ...acknowledged]) ids.add(id.split('@')[0] ?? id);
    }
  }
  return ids;
}

/** mulberry32: the same moments for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
