import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PublishedTable } from '../../../src/brokers/pubsub/published-table';
import type { Log } from '../../../src/core/ports';
import { silentLog } from '../../helpers/log';

const DAY = 24 * 3_600_000;
let folder: string;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'published-'));
  now = Date.now();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (instance = 'one', log: Log = silentLog): Promise<PublishedTable> =>
  PublishedTable.open(folder, instance, log, () => now);
const file = (instance = 'one'): string => join(folder, `${instance}.table`);
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `m${from + i}`);

test('published ids are known at once, and after a crash without closing', async () => {
  const table = await open();
  const written = table.addPublished(['a', 'b']);
  expect([table.has('a'), table.has('b'), table.has('c')]).toEqual([true, true, false]);
  await written;
  const next = await open();
  expect([next.has('a'), next.has('b'), next.has('c')]).toEqual([true, true, false]);
  await Promise.all([table.close(), next.close()]);
});

test('a line cut off by a crash is skipped, and later lines are kept', async () => {
  const table = await open();
  await table.addPublished(['a']);
  await table.addPublished(['b']);
  await table.close();
  truncateSync(file(), readFileSync(file()).length - 5);
  const warnings: object[] = [];
  const second = await open('one', { ...silentLog, warn: (fields) => warnings.push(fields) });
  expect([second.has('a'), second.has('b')]).toEqual([true, false]);
  expect(warnings).toEqual([{ path: file(), damaged: 1 }]);
  await second.addPublished(['c']);
  await second.close();
  const third = await open();
  expect([third.has('a'), third.has('b'), third.has('c')]).toEqual([true, false, true]);
  await third.close();
});

test('a file of another format is skipped', async () => {
  writeFileSync(file(), Buffer.alloc(4_096, 0x0a).fill('garbage {]\u0000', 0, 2_000));
  const table = await open();
  expect(table.has('a')).toBe(false);
  await table.addPublished(['a']);
  await table.close();
  const next = await open();
  expect(next.has('a')).toBe(true);
  await next.close();
});

test('drops acknowledged messages after a while, but never open ones, and the file stays small', async () => {
  const table = await open();
  await table.addPublished(['open', ...numbered(0, 1_000)]);
  await table.addAcknowledged(numbered(0, 1_000));
  for (let from = 1_000; from < 250_000; from += 1_000) {
    const ids = numbered(from, from + 1_000);
    await table.addPublished(ids);
    await table.addAcknowledged(ids);
  }
  expect([table.has('open'), table.has('m0'), table.has('m249999')]).toEqual([true, false, true]);
  await table.close();
  const next = await open();
  expect([next.has('open'), next.has('m0'), next.has('m249999')]).toEqual([true, false, true]);
  await next.close();
  expect(readFileSync(file()).length).toBeLessThan(2_000_000);
  expect(readdirSync(folder)).toEqual(['one.table']);
});

test('an open message is dropped after the longest retention of a subscription', async () => {
  const table = await open();
  await table.addPublished(['a']);
  await table.close();
  now += 32 * DAY;
  // Written in between, because otherwise the whole file would be deleted for its age.
  appendFileSync(file(), '');
  const next = await open();
  expect(next.has('a')).toBe(false);
  await next.close();
});

test('an instance knows the ids of others on the machine, writes only its own file, and deletes their old files', async () => {
  const other = await open('pod/../other');
  await other.addPublished(['theirs']);
  await other.close();
  const table = await open();
  expect(table.has('theirs')).toBe(true);
  await table.close();
  expect(readdirSync(folder).sort()).toEqual(['one.table', 'pod%2F%2E%2E%2Fother.table']);
  now += 32 * DAY;
  await (await open('three')).close();
  expect(readdirSync(folder)).toEqual(['three.table']);
});

test('ids published twice are written once', async () => {
  const table = await open();
  await table.addPublished(['a']);
  const size = readFileSync(file()).length;
  await table.addPublished(['a']);
  expect(readFileSync(file()).length).toBe(size);
  await table.close();
});

test('a folder that cannot be written is an error, because duplicates could not be prevented', async () => {
  writeFileSync(join(folder, 'taken'), '');
  await expect(PublishedTable.open(join(folder, 'taken', 'x'), 'one', silentLog)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
});
