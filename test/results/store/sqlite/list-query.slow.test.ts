import { createMemoryResults } from '../../../../src/results/memory-store';
import { openDatabase } from '../../../../src/results/store/sqlite/database';
import { listQuery, totalQuery } from '../../../../src/results/store/sqlite/list-query';
import { Reader } from '../../../../src/results/store/sqlite/reader';
import type { Database } from '../../../../src/results/store/sqlite/sql';
import { Writer } from '../../../../src/results/store/sqlite/writer';
import type { PredictionFilter } from '../../../../src/results/view';
import { createChunk, mixedFields, mixedOutcomes, newStorePath } from '../../../helpers/store';

const ROWS = 500;
let db: Database;

beforeAll(async () => {
  db = (await openDatabase(newStorePath())).db;
  const fields = Array.from({ length: ROWS }, (_, index) => mixedFields(index));
  new Writer(db, { rows: 10_000, days: 30 }).write(createChunk(fields));
});

afterAll(() => db.close());

function planOf(filter: Omit<PredictionFilter, 'limit'>): string[] {
  const { sql, values } = listQuery({ ...filter, limit: 50 });
  return (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]).map(
    ({ detail }) => detail,
  );
}

describe('the plan of a page', () => {
  it.each<[string, Omit<PredictionFilter, 'limit'>, RegExp]>([
    ['everything', {}, /^SCAN predictions$/],
    ['a cursor', { before: 400 }, /SEARCH predictions USING INTEGER PRIMARY KEY \(rowid<\?\)/],
    [
      'a label',
      { label: 3, before: 400 },
      /USING INDEX predictions_by_label \(label=\? AND rowid<\?\)|predictions_by_label \(label=\? AND seq<\?\)/,
    ],
    ['a truth', { truth: 3, before: 400 }, /predictions_by_truth \(truth=\? AND (rowid|seq)<\?\)/],
    ['wrong predictions', { wrong: true, before: 400 }, /predictions_wrong \((rowid|seq)<\?\)/],
    [
      'a cell of the confusion matrix',
      { truth: 3, label: 4, before: 400 },
      /predictions_wrong \((rowid|seq)<\?\)/,
    ],
    [
      'a low confidence',
      { maxConfidence: 0.3, before: 400 },
      /predictions_by_bin \(bin=\? AND (rowid|seq)<\?\)/,
    ],
    [
      'a high confidence',
      { minConfidence: 0.9, before: 400 },
      /predictions_by_bin \(bin=\? AND (rowid|seq)<\?\)/,
    ],
    ['an id prefix', { id: 'n12' }, /predictions_by_id \(id>\? AND id<\?\)/],
    ['some ids', { ids: ['n1', 'n2'] }, /predictions_by_id \(id=\?\)/],
    ['a key', { key: 'camera-1', before: 400 }, /predictions_by_key \(key=\? AND (rowid|seq)<\?\)/],
    [
      'the most confident mistakes',
      { wrong: true, mostConfident: true },
      /SCAN predictions USING INDEX predictions_mistakes/,
    ],
  ])('uses an index for %s', (_name, filter, expected) => {
    expect(planOf(filter).join('\n')).toMatch(expected === undefined ? /./ : new RegExp(expected, 'm'));
  });

  it.each<[string, Omit<PredictionFilter, 'limit'>]>([
    ['everything', {}],
    ['a label', { label: 3 }],
    ['a truth', { truth: 3 }],
    ['wrong predictions', { wrong: true }],
    ['the most confident mistakes', { wrong: true, mostConfident: true }],
    ['a key', { key: 'camera-1' }],
    ['a range of confidence', { minConfidence: 0.2, maxConfidence: 0.8 }],
    [
      'all conditions',
      { wrong: true, label: 1, truth: 2, minConfidence: 0.2, maxConfidence: 0.8, before: 300 },
    ],
  ])('sorts nothing for %s', (_name, filter) => {
    expect(planOf(filter).filter((line) => line.includes('TEMP B-TREE'))).toEqual([]);
  });
});

it('merges the predictions of few origins without sorting, and counts a bounded number of rows', () => {
  const filter = { topic: 'images', before: 400 };
  for (const { sql, values } of [
    listQuery({ ...filter, limit: 50 }, { origins: [1, 2] }),
    totalQuery(filter, { origins: [1, 2] }),
  ]) {
    const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
    const plan = rows.map(({ detail }) => detail).join('\n');
    expect(plan).toMatch(/predictions_by_origin \(origin=\? AND (rowid|seq)<\?\)/);
    expect(plan).not.toContain('TEMP B-TREE');
  }
});

it('sorts nothing for a common id prefix', () => {
  const { sql, values } = listQuery({ id: 'n', limit: 50 }, { commonId: true });
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
  expect(plan.map(({ detail }) => detail)).toEqual(['SCAN predictions']);
});

it('finds the newest predictions for a common id prefix', async () => {
  const { db: large } = await openDatabase(newStorePath());
  const writer = new Writer(large, { rows: 10_000, days: 30 });
  for (let turn = 0; turn < 5; turn++) {
    writer.write(createChunk(Array.from({ length: 500 }, (_, at) => ({ id: `n${turn * 500 + at}` }))));
  }
  const found = new Reader(large).list({ id: 'n', label: 0, before: 2_001, limit: 3 });
  expect(found.map(({ seq }) => seq)).toEqual([2000, 1999, 1998]);
  large.close();
});

it('lists the most confident mistakes first, as the memory store does', () => {
  const memory = createMemoryResults({ capacity: ROWS });
  memory.onOutcomes(mixedOutcomes(ROWS), 1);
  for (const results of [new Reader(db), memory]) {
    const found = results.list({ wrong: true, mostConfident: true, limit: 20 });
    const confidences = found.map(({ prediction }) => prediction.confidence);
    expect(found).toHaveLength(20);
    expect(found.every(({ prediction }) => prediction.correct === false)).toBe(true);
    expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
    const all = results.list({ wrong: true, limit: ROWS }).map(({ prediction }) => prediction.confidence);
    expect(confidences[0]).toBe(Math.max(...all));
  }
});

it('finds predictions of a time in both stores', () => {
  const memory = createMemoryResults({ capacity: ROWS });
  memory.onOutcomes(mixedOutcomes(ROWS), 1);
  const [past, soon] = [Date.now() - 3_600_000, Date.now() + 3_600_000];
  for (const results of [new Reader(db), memory]) {
    expect(results.list({ from: past, to: soon, limit: ROWS })).toHaveLength(ROWS);
    expect(results.list({ from: soon, limit: ROWS })).toEqual([]);
    expect(results.list({ to: past, limit: ROWS })).toEqual([]);
  }
});
