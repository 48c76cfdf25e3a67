import type { Arrivals } from '../../../../src/results/store/arrivals';
import { ArrivalTable } from '../../../../src/results/store/sqlite/arrival-table';
import { openDatabase } from '../../../../src/results/store/sqlite/database';
import { Reader } from '../../../../src/results/store/sqlite/reader';
import type { Database } from '../../../../src/results/store/sqlite/sql';
import { Writer } from '../../../../src/results/store/sqlite/writer';
import { createChunk, newStorePath } from '../../../helpers/store';

let db: Database;

beforeEach(async () => {
  db = (await openDatabase(newStorePath())).db;
});

afterEach(() => db.close());

function createTable(): ArrivalTable {
  return new ArrivalTable(db, new Writer(db, { rows: 10_000, days: 30 }));
}

function arrivals(fields: Partial<Arrivals> & { ids?: readonly string[] }): Arrivals {
  const { ids = [], ...rest } = fields;
  return { chunk: createChunk(ids.map((id) => ({ id }))), letters: [], positions: [], ...rest };
}

const at = Date.now();
const deadLetters = () =>
  new Reader(db).history(2, Date.now()).reduce((sum, minute) => sum + minute.deadLetters, 0);

it('stores the read positions of each topic', () => {
  const table = createTable();
  expect(table.positions('predictions')).toEqual([]);
  const read = (partition: number, next: number) => ({ topic: 'predictions', partition, next });
  table.put(arrivals({ ids: ['a'], positions: [read(0, 5), read(3, 2)] }));
  table.put(arrivals({ ids: ['b'], positions: [read(0, 9)] }));
  table.put(arrivals({ positions: [{ topic: 'images.dlq', partition: 0, next: 1 }] }));
  expect(createTable().positions('predictions')).toEqual([read(0, 9), read(3, 2)]);
});

it('moves the position back if the topic was recreated', () => {
  const table = createTable();
  table.put(arrivals({ positions: [{ topic: 'predictions', partition: 0, next: 900 }] }));
  table.put(arrivals({ positions: [{ topic: 'predictions', partition: 0, next: 3 }] }));
  expect(table.positions('predictions')).toEqual([{ topic: 'predictions', partition: 0, next: 3 }]);
});

it('counts a redelivered prediction and a redelivered dead letter once', () => {
  const table = createTable();
  const twice = () => arrivals({ ids: ['a', 'b'], letters: [{ id: 'images/0/7', at }] });
  table.put(twice());
  table.put(twice());
  table.put(arrivals({ letters: [{ id: 'images/0/8', at }] }));
  expect(new Reader(db).history(2, Date.now()).reduce((sum, { predictions }) => sum + predictions, 0)).toBe(
    2,
  );
  expect(deadLetters()).toBe(2);
});

it('stores nothing, not even the position, if a part cannot be stored', () => {
  const table = createTable();
  const position = { topic: 'predictions', partition: 0, next: 5 };
  const broken = { ...position, topic: null as unknown as string };
  expect(() =>
    table.put(arrivals({ ids: ['a'], letters: [{ id: 'x', at }], positions: [position, broken] })),
  ).toThrow(/NOT NULL/);
  expect(table.positions('predictions')).toEqual([]);
  expect(new Reader(db).get('a')).toBeUndefined();
  expect(deadLetters()).toBe(0);
});

it('keeps its name', () => {
  const name = createTable().name();
  expect(name).toMatch(/^[0-9a-f]{8}$/);
  expect(createTable().name()).toBe(name);
});
