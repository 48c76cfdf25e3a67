import { CLASS_NAMES } from '../../../../src/core/labels';
import { toConfusion } from '../../../../src/results/class-quality';
import type { Confusion } from '../../../../src/results/view';
import { openDatabase } from '../../../../src/results/store/sqlite/database';
import { Reader } from '../../../../src/results/store/sqlite/reader';
import type { Database } from '../../../../src/results/store/sqlite/sql';
import { Writer } from '../../../../src/results/store/sqlite/writer';
import { createChunk, mixedFields, newStorePath } from '../../../helpers/store';

const DAY = 86_400_000;
let db: Database;

beforeEach(async () => {
  db = (await openDatabase(newStorePath())).db;
});

afterEach(() => db.close());

function createWriter(rows = 10_000, days = 30): Writer {
  return new Writer(db, { rows, days });
}

function confusionOf(reader: Reader): Confusion {
  return toConfusion(reader.counts(), CLASS_NAMES);
}

function count(table: string): number {
  return (db.prepare(`SELECT count(*) AS n FROM ${table}`).all() as { n: number }[])[0]!.n;
}

it('stores predictions, images and counts', () => {
  const fields = Array.from({ length: 40 }, (_, index) => mixedFields(index));
  createWriter().write(createChunk(fields));
  const reader = new Reader(db);
  expect(reader.get('n7')).toMatchObject({
    seq: 8,
    prediction: { id: 'n7', label: 7, truth: 7, confidence: 0.07 },
  });
  expect(reader.image('n7')).toEqual({
    width: 28,
    height: 28,
    channels: 1,
    pixels: new Uint8Array(784).fill(7),
  });
  expect(reader.get('none')).toBeUndefined();
  expect(reader.image('none')).toBeUndefined();
  const { judged, correct, confidence, matrix } = confusionOf(reader);
  expect([judged, correct]).toEqual([30, 20]);
  expect(matrix[7]![7]).toBe(3);
  expect(confidence[0]).toMatchObject({ from: 0, to: 0.05, count: 5, judged: 3 });
  expect(confidence[0]!.meanConfidence).toBeCloseTo(0.02);
  expect(reader.history(2, Date.now()).reduce((sum, minute) => sum + minute.predictions, 0)).toBe(40);
});

it('stores the size and format of image files', () => {
  const original = { format: 'jpeg', width: 4032, height: 3024 } as const;
  createWriter().write(createChunk([{ id: 'file', original }, { id: 'raw' }]));
  const reader = new Reader(db);
  expect(reader.get('file')?.original).toEqual(original);
  expect(reader.list({ limit: 2, label: 0 }).map((stored) => stored.original)).toEqual([undefined, original]);
  db.exec(`UPDATE predictions SET original = '{"format":"exe"}' WHERE id = 'file'`);
  expect(reader.get('file')).toMatchObject({ prediction: { id: 'file' } });
  expect(reader.get('file')?.original).toBeUndefined();
});

it('replaces the prediction of a redelivered message, and counts it once', () => {
  const writer = createWriter();
  writer.write(createChunk([{ id: 'same', label: 1, truth: 1 }, { id: 'other' }]));
  writer.write(createChunk([{ id: 'same', label: 2, truth: 1 }], false));
  const reader = new Reader(db);
  expect(reader.get('same')).toMatchObject({ seq: 3, prediction: { label: 2 } });
  expect(reader.image('same')).toBeUndefined();
  expect([count('predictions'), count('images'), writer.retention.rows]).toEqual([2, 1, 2]);
  expect(confusionOf(reader)).toMatchObject({ judged: 1, correct: 0 });
  expect(reader.history(1, Date.now())[0]).toMatchObject({ predictions: 2, judged: 1, correct: 0 });
});

it('continues the sequence numbers of the run before', () => {
  createWriter().write(createChunk([{ id: 'a' }]));
  createWriter().write(createChunk([{ id: 'b' }]));
  expect(new Reader(db).get('b')?.seq).toBe(2);
});

it('keeps the configured number of rows, and all counts', () => {
  const writer = createWriter(100);
  for (let turn = 0; turn < 10; turn++) {
    const fields = Array.from({ length: 50 }, (_, at) => mixedFields(turn * 50 + at));
    writer.write(createChunk(fields));
  }
  expect([count('predictions'), count('images')]).toEqual([100, 100]);
  expect(new Reader(db).list({ limit: 500 }).at(-1)?.prediction.id).toBe('n400');
  const { confidence } = confusionOf(new Reader(db));
  expect(confidence.reduce((sum, bin) => sum + bin.count, 0)).toBe(500);
});

it('deletes old rows in steps', () => {
  const old = Date.now() - 10 * DAY;
  for (let turn = 0; turn < 5; turn++) {
    const fields = Array.from({ length: 500 }, (_, at) => ({ ...mixedFields(turn * 500 + at), at: old }));
    createWriter().write(createChunk(fields));
  }
  const writer = createWriter(10_000, 7);
  writer.write(createChunk([{ id: 'new' }]));
  expect(count('predictions')).toBe(1501);
  expect(writer.retention.step()).toBe(true);
  expect(writer.retention.step()).toBe(false);
  expect([count('predictions'), count('images'), count('minutes')]).toEqual([1, 1, 1]);
});

it('writes a whole chunk or nothing when the disk is full', () => {
  const writer = createWriter();
  writer.write(createChunk([{ id: 'a' }]));
  const [{ page_count } = { page_count: 0 }] = db.prepare('PRAGMA page_count').all() as {
    page_count: number;
  }[];
  db.prepare(`PRAGMA max_page_count = ${page_count + 20}`).all();
  const many = createChunk(Array.from({ length: 300 }, (_, index) => mixedFields(index)));
  expect(() => writer.write(many)).toThrow(/full/);
  expect([count('predictions'), count('images')]).toEqual([1, 1]);
  expect(confusionOf(new Reader(db)).confidence.reduce((sum, bin) => sum + bin.count, 0)).toBe(1);
  db.prepare('PRAGMA max_page_count = 1000000').all();
  createWriter().write(createChunk([{ id: 'b' }]));
  expect(new Reader(db).get('b')?.seq).toBe(2);
});
