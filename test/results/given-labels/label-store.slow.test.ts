import type { LabelStore } from '../../../src/results/given-labels/label-store';
import { createMemoryLabels } from '../../../src/results/given-labels/memory-labels';
import { LabelTable } from '../../../src/results/store/sqlite/label-table';
import { createStoredLabels } from '../../../src/results/store/stored-labels';
import { ResultsStore } from '../../../src/results/store/store';
import { makeLabel } from '../../helpers/labels';
import { SILENT_LOG } from '../../helpers/services';
import { newStorePath, withDatabase } from '../../helpers/store';

jest.setTimeout(120_000);

const opened: ResultsStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

async function openStore(path = newStorePath()): Promise<ResultsStore> {
  const store = new ResultsStore({
    path,
    images: 'all',
    retain: { rows: 1000, days: 30 },
    openMs: 60_000,
    log: SILENT_LOG,
  });
  opened.push(store);
  await store.open();
  return store;
}

describe.each([
  ['memory', async () => createMemoryLabels()],
  ['the database', async () => createStoredLabels(await openStore())],
] as const)('labels in %s', (_where, create) => {
  let labels: LabelStore;
  beforeEach(async () => {
    labels = await create();
  });

  it('are listed newest first; a changed label becomes the newest', async () => {
    for (const id of ['a', 'b', 'c']) await labels.put(makeLabel({ id }));
    await labels.put(makeLabel({ id: 'a', label: 8, className: 'Bag' }));
    const all = await labels.list({ limit: 9 });
    expect(all.map(({ id, label }) => [id, label])).toEqual([
      ['a', 8],
      ['c', 5],
      ['b', 5],
    ]);
    const [, second] = all;
    expect((await labels.list({ limit: 9, before: second!.seq })).map(({ id }) => id)).toEqual(['b']);
    expect(await labels.get('a')).toEqual({
      ...makeLabel({ id: 'a', label: 8, className: 'Bag' }),
      seq: all[0]!.seq,
    });
    expect(await labels.counts()).toEqual(
      new Map([
        [5, 2],
        [8, 1],
      ]),
    );
    expect(await labels.labelled(['a', 'x'])).toEqual(new Set(['a']));
  });

  it('are gone once they are withdrawn', async () => {
    await labels.put(makeLabel({ id: 'a' }));
    await labels.remove('a');
    await labels.remove('a');
    expect(await labels.list({ limit: 9 })).toEqual([]);
    expect(await labels.get('a')).toBeUndefined();
  });
});

it('keeps labels over a restart, and skips damaged ones', async () => {
  const path = newStorePath();
  const first = await openStore(path);
  for (const id of ['a', 'b']) await createStoredLabels(first).put(makeLabel({ id }));
  await first.close();
  await withDatabase(
    path,
    (db) => void db.exec("UPDATE labels SET body = CAST('{}' AS BLOB) WHERE id = 'b'"),
  );
  const labels = createStoredLabels(await openStore(path));
  expect((await labels.list({ limit: 1 })).map(({ id }) => id)).toEqual(['a']);
});

it('deletes the oldest labels above the limit', async () => {
  const path = newStorePath();
  await (await openStore(path)).close();
  await withDatabase(path, (db) => {
    const table = new LabelTable(db, 2);
    for (const id of ['a', 'b', 'c']) table.answer({ do: 'put', label: makeLabel({ id }) });
    expect(table.answer({ do: 'labelled', ids: ['a', 'b', 'c'] })).toEqual(['b', 'c']);
  });
});

it('keeps the latest labels in memory', async () => {
  const labels = createMemoryLabels(2);
  for (const id of ['a', 'b', 'c']) await labels.put(makeLabel({ id }));
  expect(await labels.labelled(['a', 'b', 'c'])).toEqual(new Set(['b', 'c']));
});
