/** An image that crashes the process repeatedly until it is quarantined. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCrashFile } from '../../src/quarantine/crash-file';
import type { Cli } from '../helpers/cli';
import { until } from '../helpers/cli';
import { testImages } from '../fixtures/fashion-mnist';
import { KafkaServer } from '../helpers/kafka';
import { KafkaRun } from '../helpers/kafka-run';
import { describeWith } from '../helpers/parts';
import { endsWell } from './watch';

jest.setTimeout(400_000);

const NODE_OPTIONS = `--require=${join(__dirname, '../fixtures/fatal-images.cjs')}`;
const images = testImages();
const image = (i: number): Buffer => images.subarray(i * 784, (i + 1) * 784);

function fatalImage(): Buffer {
  const bytes = Buffer.alloc(784);
  bytes.write('FATAL');
  return bytes;
}

describeWith(['java', 'maven', 'dataset', 'kafka-addon'], 'a process that dies at its images', () => {
  let kafka: KafkaServer;
  let run: KafkaRun;
  let running: Cli | undefined;

  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());
  beforeEach(() => (run = new KafkaRun(kafka)));
  afterEach(async () => {
    await running?.stop('SIGKILL');
    running = undefined;
    await run.close();
  });

  const files = (): string[] => {
    const folder = join(run.home, 'stream-infer', 'journal');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  /** Without their locks. */
  const journals = (): string[] => files().filter((name) => !name.endsWith('.lock'));

  it('quarantines the image that crashed it twice and predicts all others', async () => {
    const values = Array.from({ length: 400 }, (_, i) => (i === 137 ? fatalImage() : image(i)));
    await run.publish(values);
    for (let crash = 0; crash < 2; crash++) {
      const { signal, stderr } = await run.start([], { NODE_OPTIONS }).finished;
      expect({ signal, stderr }).toMatchObject({ signal: 'SIGSEGV' });
      expect(journals()).toHaveLength(crash + 1);
    }
    running = run.start([], { NODE_OPTIONS });
    const fates = await run.fates(400, () => running?.stderr ?? '');
    expect(fates.get(137)?.[0]).toEqual({
      what: 'PROCESS_CRASH',
      message: expect.stringMatching(/2 runs .* ended by SIGSEGV/) as string,
      attempts: '3',
    });
    fates.delete(137);
    const others = new Set([...fates.values()].flat().map(({ what }) => what));
    expect([...others]).toEqual(['prediction']);
    // The image is settled, so the next run does not receive it again and leaves nothing behind.
    await endsWell(running);
    expect((await run.start(['--exit-when-idle', '1s'], { NODE_OPTIONS }).finished).code).toBe(0);
    expect(journals().filter((name) => name.endsWith('.journal'))).toEqual([]);
  });

  it('repeats only unfinished images after a kill while a slow image holds the watermark', async () => {
    const slow = Buffer.alloc(784);
    slow.write('HANG!');
    await run.publish(Array.from({ length: 2_000 }, (_, i) => (i === 100 ? slow : image(i))));
    running = run.start(['--workers', '2', '--max-batch', '16'], { NODE_OPTIONS });
    let settled = 0;
    await until(
      async () => (settled = await run.settledBeyond()) >= 2_000 - 100 - 16,
      60_000,
      () => `${settled} are settled beyond the watermark\n${running?.stderr}`,
    );
    await running.stop('SIGKILL');
    running = await run.start([]).ready();
    const fates = await run.fates(2_000, () => running?.stderr ?? '');
    expect([...fates.values()].filter((all) => all.length > 1)).toEqual([]);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toContain(`stream_infer_repeats_skipped_total ${settled}\n`);
    await endsWell(running);
    expect(await run.settledBeyond()).toBe(0);
  });

  it('does not suspect images that were in flight during a kill', async () => {
    await run.publish(Array.from({ length: 10_000 }, (_, i) => image(i)));
    for (let kill = 0; kill < 4; kill++) {
      running = await run.start(['--max-batch', '16']).ready();
      const before = running;
      await until(
        async () => (await before.json<{ predictions: number }>('/api/v1/stats')).predictions > 0,
        60_000,
        () => before.stderr,
      );
      await sleep(Math.random() * 200);
      await running.stop('SIGKILL');
    }
    running = run.start();
    const fates = await run.fates(10_000, () => running?.stderr ?? '');
    const whats = new Set([...fates.values()].flat().map(({ what }) => what));
    expect([...whats]).toEqual(['prediction']);
    await endsWell(running);
  });

  it('predicts images that were in flight during two crashes by chance, in a child process', async () => {
    await run.publish(Array.from({ length: 100 }, (_, i) => image(i)));
    const folder = join(run.home, 'stream-infer', 'journal');
    mkdirSync(folder, { recursive: true });
    const gone = { host: hostname(), pid: spawnSync(process.execPath, ['-e', '']).pid, startedAt: 0 };
    for (const name of ['one', 'two']) {
      const file = createCrashFile(join(folder, `${name}.journal`), 4_096, gone);
      file.put(Array.from({ length: 20 }, (_, i) => `${run.input}/0/${40 + i}`));
    }
    running = run.start(['--log-format', 'json']);
    const fates = await run.fates(100, () => running?.stderr ?? '');
    expect([...fates.values()].map((all) => all.map(({ what }) => what))).toEqual(
      Array.from({ length: 100 }, () => ['prediction']),
    );
    expect(running.stderr).toContain('"runs":2,"suspects":20');
    await endsWell(running);
    expect(files()).toEqual([]);
  });
});
