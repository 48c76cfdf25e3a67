import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SkippedRecords } from '../../../src/core/skipped-records';
import { createMemoryResults } from '../../../src/results/memory-store';
import { createResults } from '../../../src/results/results';
import { ResultsStore } from '../../../src/results/store/store';
import { until } from '../../helpers/cli';
import { createOutcome, SILENT_LOG } from '../../helpers/services';
import { mixedOutcomes, newStorePath, withDatabase } from '../../helpers/store';

const TIMEOUT = 60_000;
const opened: ResultsStore[] = [];

jest.setTimeout(2 * TIMEOUT);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function createStore(path = newStorePath(), more: { readonly openMs?: number } = {}) {
  const logged: string[] = [];
  const notices: string[] = [];
  const log = {
    ...SILENT_LOG,
    error: (_: object, message: string) => void logged.push(message),
    info: (_: object, message: string) => void notices.push(message),
  };
  const store = new ResultsStore({
    path,
    images: 'all',
    retain: { rows: 10_000, days: 30 },
    log,
    retryMs: 50,
    ...more,
  });
  opened.push(store);
  const results = createResults(createMemoryResults({ capacity: 100 }), store, log);
  return { path, store, results, logged, notices };
}

it('answers with all predictions that were durable before the question, also after a restart', async () => {
  const first = createStore();
  await first.store.open();
  first.results.onOutcomes(mixedOutcomes(700), 1);
  expect(await first.results.list({ limit: 500 })).toHaveLength(500);
  expect((await first.results.get('n3'))?.seq).toBe(4);
  await first.store.close();

  const second = createStore(first.path);
  await second.store.open();
  expect(second.results.status()).toMatchObject({ kind: 'sqlite', path: first.path, alarm: null, queued: 0 });
  expect((await second.results.get('n3'))?.prediction.label).toBe(3);
  expect((await second.results.image('n3'))?.pixels).toEqual(new Uint8Array(784).fill(3));
  expect((await second.results.confusion()).confidence.reduce((sum, { count }) => sum + count, 0)).toBe(700);
  expect((await second.results.history(3)).reduce((sum, minute) => sum + minute.predictions, 0)).toBe(700);
});

it('moves a corrupt file aside, logs it, and continues', async () => {
  const { path, store, results, logged } = createStore();
  writeFileSync(path, 'no database '.repeat(1_000));
  await store.open();
  expect(logged).toEqual(['results store was corrupt; moved it aside and created a new one']);
  results.onOutcomes([createOutcome({ id: 'a' })], 1);
  expect((await results.get('a'))?.seq).toBe(1);
  expect(readdirSync(dirname(path)).some((name) => name.startsWith('predictions.db.corrupt-'))).toBe(true);
});

it('uses memory while another process has the file, names the file, and opens it when it is free', async () => {
  const first = createStore();
  await first.store.open();
  const second = createStore(first.path);
  await second.store.open();
  expect(second.results.status()).toMatchObject({
    kind: 'memory',
    alarm: `${first.path}: another process uses it; name another file with --store`,
  });
  // A second process is not a fault.
  expect([second.logged, second.notices]).toEqual([[], [expect.stringContaining('store is off')]]);
  second.results.onOutcomes([createOutcome({ id: 'mine', label: 4, truth: 4 })], 1);
  expect((await second.results.get('mine'))?.prediction.label).toBe(4);
  expect((await second.results.confusion()).judged).toBe(1);

  await first.store.close();
  await until(
    () => second.store.usable,
    TIMEOUT,
    () => String(second.store.alarm),
  );
  expect(second.store.alarm).toBeNull();
  expect((await second.results.get('mine'))?.prediction.label).toBe(4);
  expect(second.store.shed.rows).toBe(0);
});

it('uses memory if the file cannot be created', async () => {
  const file = newStorePath();
  writeFileSync(file, 'a file where a folder should be');
  const { path, store, results } = createStore(join(file, 'predictions.db'));
  await store.open();
  expect(results.status().alarm).toContain(path);
  results.onOutcomes([createOutcome({ id: 'a' })], 1);
  expect(await results.list({ limit: 5 })).toHaveLength(1);
});

it('reports at once that its folder cannot be created, even where Node would retry forever', async () => {
  const { store, logged } = createStore('/proc/stream-infer/a/predictions.db');
  await store.open();
  expect(store.alarm).toMatch(/ENOENT/);
  expect(logged).toEqual([expect.stringContaining('the results store is off')]);
  await store.close();
});

it('reports a file that does not open in time, and uses it once it is open', async () => {
  const { store, logged } = createStore(newStorePath(), { openMs: 0 });
  await store.open();
  expect(store.alarm).toMatch(/not open yet/);
  expect(logged).toHaveLength(1);
  await until(
    () => store.usable,
    TIMEOUT,
    () => store.alarm ?? '',
  );
  expect(store.alarm).toBeNull();
});

it('skips a damaged row, counts it, and logs it once', async () => {
  const first = createStore();
  await first.store.open();
  first.results.onOutcomes(mixedOutcomes(5), 1);
  await first.results.list({ limit: 5 });
  await first.store.close();
  await withDatabase(first.path, (db) => void db.exec("UPDATE predictions SET body = 'x' WHERE id = 'n3'"));

  const skipped = new SkippedRecords();
  const warnings: object[] = [];
  const log = { ...SILENT_LOG, warn: (fields: object) => void warnings.push(fields) };
  const { path } = first;
  const store = new ResultsStore({ path, images: 'all', retain: { rows: 10_000, days: 30 }, skipped, log });
  opened.push(store);
  await store.open();
  for (let i = 0; i < 2; i++) expect(await store.list({ limit: 5 })).toHaveLength(4);
  expect(skipped.counts.get('store')).toBe(2);
  expect(warnings).toMatchObject([{ path, source: 'store', table: 'predictions' }]);
});

it('explains why the file cannot be used', async () => {
  const folder = newStorePath();
  mkdirSync(folder);
  const { store } = createStore(folder);
  await store.open();
  expect(store.alarm).toBe(`${folder}: it is not a file`);
  await store.close();
});

it('creates a new file if the file turns out to be damaged, and keeps the predictions of the meantime', async () => {
  const { path, store, results, logged } = createStore();
  await store.open();
  results.onOutcomes(mixedOutcomes(2_000), 1);
  await until(
    () => store.queued === 0,
    TIMEOUT,
    () => `${store.queued} queued`,
  );
  await store.close();
  // All pages except the first, so that it opens, but fails at the first write.
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xee, 8_192));
  const again = createStore(path);
  await again.store.open();
  again.results.onOutcomes(mixedOutcomes(100), 1);
  await until(
    () =>
      again.store.usable && again.store.queued === 0 && again.logged.some((line) => line.includes('corrupt')),
    TIMEOUT,
    () => `${again.store.queued} queued; ${String(again.store.alarm)} ${again.logged.join('; ')}`,
  );
  again.results.onOutcomes([createOutcome({ id: 'after' })], 1);
  await until(
    async () => (await again.store.get('after')) !== undefined,
    TIMEOUT,
    () => again.logged.join('; '),
  );
  expect(logged).toEqual([]);
});

it('does not change a file of a later version', async () => {
  const { path, store, results } = createStore();
  await withDatabase(path, (db) => void db.exec('PRAGMA user_version = 99'));
  await store.open();
  expect(results.status()).toMatchObject({ kind: 'memory' });
  expect(results.status().alarm).toContain('it has schema 99');
});
