import fc from 'fast-check';
import { createMemoryResults } from '../../../src/results/memory-store';
import { createResults } from '../../../src/results/results';
import { ResultsStore } from '../../../src/results/store/store';
import { createStoredEvents } from '../../../src/results/store/stored-events';
import { createStoredLabels } from '../../../src/results/store/stored-labels';
import type { PredictionFilter } from '../../../src/results/view';
import { until } from '../../helpers/cli';
import { makeEvent } from '../../helpers/events';
import { makeLabel } from '../../helpers/labels';
import { describeWith, type Part } from '../../helpers/parts';
import { PostgresServer } from '../../helpers/postgres';
import { createOutcome, SILENT_LOG } from '../../helpers/services';
import { mixedOutcomes, newStorePath } from '../../helpers/store';

jest.setTimeout(120_000);

let server: PostgresServer | undefined;
const PLACES: Record<string, { readonly needs: Part[]; readonly create: () => Promise<string> }> = {
  sqlite: { needs: [], create: async () => newStorePath() },
  postgres: {
    needs: ['postgres'],
    create: async () => {
      server ??= await PostgresServer.create();
      return server.url(await server.createDatabase());
    },
  },
};

afterAll(() => server?.close());

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Filters that match some of `mixedOutcomes(rows)`. */
function filters(rows: number) {
  const label = optional(fc.integer({ min: 0, max: 9 }));
  const confidence = optional(fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100));
  return fc.record({
    id: optional(fc.constantFrom('n', 'n1', 'n49', 'x', 'n%', 'n\0')),
    label,
    truth: label,
    wrong: optional(fc.boolean()),
    minConfidence: confidence,
    maxConfidence: confidence,
    ids: optional(fc.constantFrom(['n1', 'n49', 'x'], ['n2'])),
    topic: optional(fc.constantFrom('images', 'image')),
    partition: optional(fc.integer({ min: 0, max: 4 })),
    key: optional(fc.constantFrom('camera-1', 'camera-11', 'kamera "ü"')),
    model: optional(
      fc.constantFrom(
        { name: 'fashion-mnist' },
        { name: 'fashion-mnist', version: 1 },
        { name: 'fashion-mnist', version: 11 },
        { name: 'fashion' },
      ),
    ),
    before: optional(fc.integer({ min: 1, max: rows + 10 })),
    limit: fc.integer({ min: 1, max: rows }),
  });
}

// The same cases for both, so that the page shows the same whichever is configured.
for (const [kind, { needs, create }] of Object.entries(PLACES))
  describeWith(needs, `the store in ${kind}`, () => {
    const opened: ResultsStore[] = [];
    let place: string;
    let store: ResultsStore;

    beforeEach(async () => {
      place = await create();
      store = await open();
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()));
    });

    async function open(rows = 10_000): Promise<ResultsStore> {
      const one = new ResultsStore({
        path: place,
        images: 'all',
        retain: { rows, days: 30 },
        log: SILENT_LOG,
        retryMs: 50,
        // Without rests between two writes.
        alone: true,
      });
      opened.push(one);
      await one.open();
      return one;
    }

    const counted = async () =>
      (await store.confusion()).confidence.reduce((sum, { count }) => sum + count, 0);

    it('answers with all predictions that were durable before the question, also after a restart', async () => {
      store.onOutcomes(mixedOutcomes(1_200));
      expect(await store.list({ limit: 500 })).toHaveLength(500);
      await store.close();
      store = await open();
      const results = createResults(createMemoryResults({ capacity: 10 }), store, SILENT_LOG);
      expect(results.status()).toMatchObject({ kind, alarm: null, queued: 0, shedRows: 0 });
      expect((await store.get('n3'))?.prediction.label).toBe(3);
      expect((await store.image('n3'))?.pixels).toEqual(new Uint8Array(784).fill(3));
      expect(await store.get('other')).toBeUndefined();
      expect(await counted()).toBe(1_200);
      expect((await store.history(3)).reduce((sum, minute) => sum + minute.predictions, 0)).toBe(1_200);
    });

    it('has one row and one count for a redelivered prediction: the latest', async () => {
      store.onOutcomes([createOutcome({ id: 'a', label: 1, truth: 1 }), createOutcome({ id: 'b' })]);
      await store.get('a');
      store.onOutcomes([
        createOutcome({ id: 'a', label: 2, truth: 1 }),
        createOutcome({ id: 'a', label: 3, truth: 1 }),
      ]);
      expect((await store.get('a'))?.prediction.label).toBe(3);
      expect(await store.list({ limit: 10 })).toHaveLength(2);
      expect(await counted()).toBe(2);
      expect(await store.confusion()).toMatchObject({ judged: 1, correct: 0 });
    });

    it('finds and counts the same predictions as the memory store, for every filter', async () => {
      const [rows, memory] = [500, createMemoryResults({ capacity: 500 })];
      memory.onOutcomes(mixedOutcomes(rows), 1);
      store.onOutcomes(mixedOutcomes(rows));
      const seqs = (found: readonly { seq: number }[]) => found.map(({ seq }) => seq);
      await fc.assert(
        fc.asyncProperty(filters(rows), async (filter) => {
          const given = JSON.parse(JSON.stringify(filter)) as PredictionFilter;
          expect(seqs(await store.list(given))).toEqual(seqs(memory.list(given)));
          const { before: _before, limit: _limit, ...conditions } = given;
          const total = await store.total(conditions);
          expect(total).toEqual(memory.total(conditions));
          expect(total.predictions).toBe(memory.list({ ...conditions, limit: rows }).length);
        }),
        { numRuns: 200 },
      );
      const worst = await store.list({ wrong: true, mostConfident: true, limit: 20 });
      const confidences = worst.map(({ prediction }) => prediction.confidence);
      expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
      expect(worst).toHaveLength(20);
    });

    it('counts the newest candidates only, and says so', async () => {
      await store.close();
      store = await open(100_000);
      for (let turn = 0; turn < 41; turn++) {
        const one = (i: number) => createOutcome({ id: `${turn}-${i}`, label: 1, truth: turn === 0 ? 1 : 2 });
        store.onOutcomes(Array.from({ length: 500 }, (_, i) => one(i)));
        await until(
          () => store.queued === 0,
          30_000,
          () => String(store.alarm),
        );
      }
      expect(await store.total({})).toEqual({
        predictions: 20_000,
        judged: 20_000,
        correct: 0,
        complete: false,
      });
      expect(await store.total({ truth: 1 })).toEqual({
        predictions: 500,
        judged: 500,
        correct: 500,
        complete: true,
      });
    });

    it('finds predictions of a time, and the names of classes', async () => {
      store.onOutcomes(mixedOutcomes(30));
      const [past, soon] = [Date.now() - 3_600_000, Date.now() + 3_600_000];
      expect(await store.list({ from: past, to: soon, limit: 100 })).toHaveLength(30);
      expect(await store.list({ from: soon, limit: 100 })).toEqual([]);
      expect(await store.list({ to: past, limit: 100 })).toEqual([]);
      expect(await store.classNames()).toContainEqual([9, 'Ankle boot']);
    });

    it('counts dead letters', async () => {
      const outcome = createOutcome({ id: 'x' });
      const rejection = { code: 'CORRUPT', message: 'damaged', stage: 'decode', attempts: 1 } as const;
      store.onOutcomes([{ kind: 'dead letter', delivery: outcome.delivery, rejection }]);
      await until(
        async () => (await store.history(2)).reduce((sum, { deadLetters }) => sum + deadLetters, 0) === 1,
        10_000,
        () => 'no dead letter',
      );
    });

    it('stores ids of any characters', async () => {
      const ids = ['zero \0 byte', 'quote \' " \\ {,}', 'ü/0/1', '\ud800 lone'];
      store.onOutcomes(ids.map((id) => createOutcome({ id })));
      for (const id of ids) expect(await store.get(id)).toBeDefined();
      expect(store.shed.rows).toBe(0);
    });

    it('deletes the oldest predictions beyond the limit, and keeps the counts', async () => {
      await store.close();
      store = await open(1_000);
      for (let turn = 0; turn < 4; turn++) {
        store.onOutcomes(Array.from({ length: 500 }, (_, i) => createOutcome({ id: `${turn}-${i}` })));
        await store.get('any');
      }
      await until(
        async () => (await store.list({ limit: 2_000 })).length === 1_000,
        30_000,
        () => 'too many rows',
      );
      expect(await counted()).toBe(2_000);
      expect(await store.get('0-0')).toBeUndefined();
      expect(await store.get('3-499')).toBeDefined();
    });

    it('keeps events with their images, matches and acknowledgements', async () => {
      const events = createStoredEvents(store);
      const given = makeEvent({ id: 'e1', alert: 1 });
      const { event, pixels } = given;
      for (let i = 0; i < 2; i++) await events.insert(given);
      await events.addDerived('e1', { enlarged: Uint8Array.of(1), occlusion: Uint8Array.of(2, 3) });
      await events.addMatches('e1', 5, '2026-01-02T00:00:00.000Z');
      expect(await events.list({ limit: 5 })).toHaveLength(1);
      expect(await events.get('e1')).toMatchObject({
        seq: 1,
        alert: 1,
        matches: event.count + 5,
        acknowledged: null,
        images: { image: true, enlarged: true, occlusion: true },
      });
      expect(await events.image('e1', 'image')).toEqual(pixels);
      expect(await events.image('e1', 'occlusion')).toEqual(Uint8Array.of(2, 3));
      const acknowledgement = { at: '2026-01-03T00:00:00.000Z', by: 'me', note: 'seen' };
      await events.acknowledge(1, acknowledgement);
      await events.acknowledge(1, { ...acknowledgement, by: 'another' });
      expect((await events.alert(1))?.acknowledged).toEqual(acknowledgement);
      expect(await events.list({ alerts: true, acknowledged: false, rule: event.rule, limit: 5 })).toEqual(
        [],
      );
      expect(await events.lastAlert()).toBe(1);
      expect(await events.acknowledge(99, acknowledgement)).toBeUndefined();
    });

    it('keeps labels, each once, the changed one as the newest', async () => {
      const labels = createStoredLabels(store);
      for (const id of ['a', 'b', 'zero \0']) await labels.put(makeLabel({ id }));
      await Promise.all([
        labels.put(makeLabel({ id: 'a', label: 8, className: 'Bag' })),
        createStoredLabels(store).put(makeLabel({ id: 'a', label: 8, className: 'Bag' })),
      ]);
      expect((await labels.list({ limit: 9 })).map(({ id }) => id)).toEqual(['a', 'zero \0', 'b']);
      expect(await labels.get('a')).toMatchObject({ label: 8, className: 'Bag' });
      expect(await labels.labelled(['a', 'x', 'zero \0'])).toEqual(new Set(['a', 'zero \0']));
      expect(await labels.counts()).toEqual(
        new Map([
          [5, 2],
          [8, 1],
        ]),
      );
      await labels.remove('b');
      expect(await labels.get('b')).toBeUndefined();
    });
  });
