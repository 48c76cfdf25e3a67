import { createEventStoreWithFallback } from '../../../src/results/events/event-store-with-fallback';
import type { EventStore } from '../../../src/results/events/event-store';
import { createMemoryEvents } from '../../../src/results/events/memory-events';
import { EventTable } from '../../../src/results/store/sqlite/event-table';
import { createStoredEvents } from '../../../src/results/store/stored-events';
import { ResultsStore } from '../../../src/results/store/store';
import { makeEvent } from '../../helpers/events';
import { SILENT_LOG } from '../../helpers/services';
import { newStorePath, withDatabase } from '../../helpers/store';

jest.setTimeout(120_000);

const opened: ResultsStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

async function openStore(path = newStorePath()): Promise<ResultsStore> {
  const store = new ResultsStore({ path, images: 'all', retain: { rows: 1000, days: 30 }, log: SILENT_LOG });
  opened.push(store);
  await store.open();
  return store;
}

const derived = { enlarged: new Uint8Array([1, 2, 3]), occlusion: new Uint8Array([4, 5]) };

describe.each([
  ['memory', async () => createMemoryEvents()],
  ['the database', async () => createStoredEvents(await openStore())],
] as const)('events in %s', (_where, create) => {
  let events: EventStore;
  beforeEach(async () => {
    events = await create();
  });

  it('are found by id and by number, with their matches and images', async () => {
    await events.insert(makeEvent({ alert: 17 }));
    await events.insert(makeEvent({ alert: 17 }));
    await events.addMatches('e1', 4, '2026-01-01T00:01:00.000Z');
    await events.addDerived('e1', derived);
    const stored = await events.alert(17);
    expect(stored).toMatchObject({
      ...makeEvent({ alert: 17 }).event,
      seq: 1,
      matches: 5,
      lastAt: '2026-01-01T00:01:00.000Z',
      acknowledged: null,
      images: { image: true, enlarged: true, occlusion: true },
    });
    expect(await events.get('e1')).toEqual(stored);
    expect([...((await events.image('e1', 'occlusion')) ?? [])]).toEqual([4, 5]);
    expect(await events.image('e1', 'image')).toHaveLength(784);
    expect(await events.get('e2')).toBeUndefined();
    expect(await events.alert(18)).toBeUndefined();
    expect(await events.image('e2', 'image')).toBeUndefined();
  });

  it('are listed newest first, by rule, alerts only, and in pages without gaps', async () => {
    for (let i = 1; i <= 9; i++)
      await events.insert(
        makeEvent({ id: `e${i}`, rule: i % 2 ? 'odd' : 'even', alert: i % 3 === 0 ? i : null }),
      );
    const ids = async (filter: object) =>
      (await events.list({ limit: 100, ...filter })).map(({ id }) => id).join(' ');
    expect(await ids({})).toBe('e9 e8 e7 e6 e5 e4 e3 e2 e1');
    expect(await ids({ rule: 'even' })).toBe('e8 e6 e4 e2');
    expect(await ids({ alerts: true })).toBe('e9 e6 e3');
    expect(await ids({ before: 4, limit: 2 })).toBe('e3 e2');
    await events.acknowledge(6, { at: 'now', by: 'me', note: '' });
    expect(await ids({ alerts: true, acknowledged: false })).toBe('e9 e3');
    expect(await ids({ acknowledged: true })).toBe('e6');
    expect(await events.lastAlert()).toBe(9);
  });

  it('keep the first acknowledgement', async () => {
    await events.insert(makeEvent({ alert: 3 }));
    const first = { at: '2026-01-02T00:00:00.000Z', by: 'Ada', note: 'seen <b>it</b>' };
    expect((await events.acknowledge(3, first))?.acknowledged).toEqual(first);
    expect((await events.acknowledge(3, { at: 'later', by: 'Bob', note: '' }))?.acknowledged).toEqual(first);
    expect(await events.acknowledge(4, first)).toBeUndefined();
  });

  it('keep no images of an unknown event', async () => {
    await events.addDerived('gone', derived);
    await events.addMatches('gone', 1, 'now');
    expect(await events.image('gone', 'enlarged')).toBeUndefined();
  });
});

it('outlast the process in the database', async () => {
  const path = newStorePath();
  const first = await openStore(path);
  await createStoredEvents(first).insert(makeEvent({ alert: 5 }));
  await first.close();
  const again = createStoredEvents(await openStore(path));
  expect((await again.alert(5))?.description).toBe('A bag.');
  expect(await again.lastAlert()).toBe(5);
});

it('are deleted beyond the limit, with their images, but their numbers are not reused', async () => {
  await withDatabase(newStorePath(), (db) => {
    const table = new EventTable(db, 10);
    for (let i = 1; i <= 30; i++)
      table.answer({ do: 'insert', event: makeEvent({ id: `e${i}`, alert: i <= 20 ? i : null }) });
    expect(db.prepare('SELECT count(*) AS n FROM events').all()).toEqual([{ n: 10 }]);
    expect(db.prepare('SELECT count(*) AS n FROM event_images').all()).toEqual([{ n: 10 }]);
    expect(table.answer({ do: 'last alert' })).toBe(20);
  });
});

it('are shown from memory, but not acknowledged, while the database is unusable', async () => {
  const away = createStoredEvents(
    new ResultsStore({
      path: newStorePath(),
      images: 'all',
      retain: { rows: 1, days: 1 },
      log: SILENT_LOG,
    }),
  );
  const log = createEventStoreWithFallback(createMemoryEvents(), away);
  await expect(log.insert(makeEvent({ alert: 1 }))).rejects.toMatchObject({ code: 'NOT_READY' });
  expect((await log.alert(1))?.id).toBe('e1');
  await expect(log.acknowledge(1, { at: '', by: '', note: '' })).rejects.toMatchObject({ code: 'NOT_READY' });
});
