import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PredictionsAnswer } from '../../src/http/schemas/predictions';
import type { ConfusionAnswer } from '../../src/http/schemas/quality';
import type { StatsAnswer } from '../../src/http/schemas/stats';
import { Cli, until } from '../helpers/cli';
import { newStorePath } from '../helpers/store';

const TIMEOUT = 90_000;

jest.setTimeout(3 * TIMEOUT);

const running: Cli[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((cli) => cli.stop('SIGKILL')));
});

async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Cli> {
  const cli = new Cli(['run', '--port', '0', ...args], env);
  running.push(cli);
  await until(
    () => cli.stderr.includes(' on http'),
    TIMEOUT,
    () => cli.stderr,
  );
  return await cli.ready(TIMEOUT);
}

async function predictions(cli: Cli, query = ''): Promise<PredictionsAnswer['predictions']> {
  return (await cli.json<PredictionsAnswer>(`/api/v1/predictions?limit=500${query}`)).predictions;
}

async function untilStored(cli: Cli, count: number): Promise<void> {
  await until(
    async () => {
      const { confidence } = await cli.json<ConfusionAnswer>('/api/v1/confusion');
      return confidence.reduce((sum, bin) => sum + bin.count, 0) >= count;
    },
    TIMEOUT,
    () => cli.stderr,
  );
}

it('shows the predictions and images of the previous run after a restart', async () => {
  const store = newStorePath();
  const first = await start(['--store', store, '--rate', '300']);
  await untilStored(first, 300);
  expect((await first.stop()).code).toBe(0);

  const second = await start(['--store', store, '--no-demo']);
  const { store: status } = await second.json<StatsAnswer>('/api/v1/stats');
  expect(status).toMatchObject({ kind: 'sqlite', path: store, alarm: null, shedImages: 0, shedRows: 0 });
  const found = await predictions(second);
  expect(found.length).toBeGreaterThanOrEqual(300);
  const id = found.at(-1)!.id;
  expect((await fetch(`${second.url}/api/v1/images/${id}.png`)).headers.get('content-type')).toBe(
    'image/png',
  );
  const confusion = await second.json<ConfusionAnswer>('/api/v1/confusion');
  expect(confusion.judged).toBeGreaterThanOrEqual(300);
  expect(confusion.correct / confusion.judged).toBeGreaterThan(0.8);
  expect((await predictions(second, '&wrong=true')).every(({ correct }) => correct === false)).toBe(true);
  const exported = await (await fetch(`${second.url}/api/v1/export`)).text();
  expect(exported.trimEnd().split('\n').length).toBe(confusion.judged);
});

it('has a usable file after a SIGKILL, with all but the latest predictions', async () => {
  const store = newStorePath();
  let counted = 0;
  for (let turn = 0; turn < 3; turn++) {
    const cli = await start(['--store', store, '--rate', '2000']);
    await untilStored(cli, counted + 500);
    const { confidence } = await cli.json<ConfusionAnswer>('/api/v1/confusion');
    counted = confidence.reduce((sum, bin) => sum + bin.count, 0);
    await cli.stop('SIGKILL');
  }
  const last = await start(['--store', store, '--no-demo']);
  await untilStored(last, counted);
  expect((await last.json<StatsAnswer>('/api/v1/stats')).store).toMatchObject({
    kind: 'sqlite',
    alarm: null,
  });
  expect(last.stderr).not.toContain('corrupt');
  expect(await predictions(last)).toHaveLength(500);
});

it('continues without the store when the disk is full, stays ready, and reports it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-full-'));
  const store = join(folder, 'predictions.db');
  const cli = await start(['--store', store, '--rate', '1000', '--workers', '1']);
  limitFileSize(cli, 2 * 1024 * 1024);
  const stats = () => cli.json<StatsAnswer>('/api/v1/stats');
  await until(
    async () => (await stats()).store.alarm !== null,
    TIMEOUT,
    () => cli.stderr,
  );
  const { predictions: before, store: status } = await stats();
  expect(status.kind).toBe('memory');
  expect(status.alarm).toContain(store);
  expect(cli.stderr).toContain('the results store is off');
  const ready = await fetch(`${cli.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true, store: { alarm: status.alarm } });
  await until(
    async () => (await stats()).predictions > before + 1_000,
    TIMEOUT,
    () => cli.stderr,
  );
  expect((await predictions(cli)).length).toBe(500);

  limitFileSize(cli, 'unlimited');
  await until(
    async () => (await stats()).store.alarm === null,
    TIMEOUT,
    () => cli.stderr,
  );
  expect((await stats()).store.kind).toBe('sqlite');
  expect((await cli.stop()).code).toBe(0);
});

it('keeps results in memory without libsql, and reports that once', async () => {
  const hook = resolve(__dirname, '../fixtures/no-libsql.cjs');
  const cli = await start(['--store', newStorePath(), '--limit', '200', '--rate', '100'], {
    NODE_OPTIONS: `--require ${hook}`,
  });
  await until(
    async () => (await predictions(cli)).length > 0,
    TIMEOUT,
    () => cli.stderr,
  );
  const { code, stderr } = await cli.finished;
  expect(code).toBe(0);
  expect(stderr.match(/libsql is not installed/g)).toHaveLength(1);
});

it('is off with --no-store, and by default with the memory broker', async () => {
  for (const args of [[], ['--no-store'], ['--store', 'none']]) {
    const cli = await start([...args, '--no-demo']);
    expect((await cli.json<StatsAnswer>('/api/v1/stats')).store).toMatchObject({
      kind: 'memory',
      path: null,
    });
    expect((await cli.stop()).code).toBe(0);
  }
});

/** As a full disk would: writes beyond so many bytes of a file fail. */
function limitFileSize(cli: Cli, bytes: number | 'unlimited'): void {
  const { status, stderr } = spawnSync('prlimit', [`--pid=${cli.child.pid}`, `--fsize=${bytes}:unlimited`]);
  if (status !== 0) throw new Error(`prlimit: ${String(stderr)}`);
}
