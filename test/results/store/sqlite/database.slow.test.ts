import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isLocked, openDatabase } from '../../../../src/results/store/sqlite/database';
import { Reader } from '../../../../src/results/store/sqlite/reader';
import { SCHEMA_VERSION, versionOf } from '../../../../src/results/store/sqlite/schema';
import { Writer } from '../../../../src/results/store/sqlite/writer';
import { createChunk, newStorePath, withDatabase } from '../../../helpers/store';

const GREY = new Uint8Array(784).fill(7);

async function writeAndRead(path: string): Promise<void> {
  await withDatabase(path, (db) => {
    new Writer(db, { rows: 1_000, days: 30 }).write(createChunk([{ id: 'a' }]));
    expect(new Reader(db).get('a')?.prediction.id).toBe('a');
    expect(versionOf(db)).toBe(SCHEMA_VERSION);
  });
}

it('creates the file and its folder, with the current schema', async () => {
  await writeAndRead(newStorePath().replace('predictions.db', 'a/b/predictions.db'));
});

it('migrates an empty database of version 0 to the current schema, and keeps a current one unchanged', async () => {
  const path = newStorePath();
  writeFileSync(path, '');
  await writeAndRead(path);
  await withDatabase(path, (db) => {
    expect(versionOf(db)).toBe(SCHEMA_VERSION);
    expect(new Reader(db).get('a')?.prediction.id).toBe('a');
  });
});

it('neither reads nor moves a file of a later version', async () => {
  const path = newStorePath();
  await withDatabase(path, (db) => void db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`));
  await expect(openDatabase(path)).rejects.toThrow(`it has schema ${SCHEMA_VERSION + 1}`);
  expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
});

it('moves a file that is not a database aside and creates a new one', async () => {
  const path = newStorePath();
  writeFileSync(path, 'no database at all '.repeat(500));
  const { db, movedTo } = await openDatabase(path);
  expect(movedTo).toMatch(/predictions\.db\.corrupt-\d{4}-/);
  expect(readFileSync(movedTo!, 'utf8')).toContain('no database at all');
  expect(versionOf(db)).toBe(SCHEMA_VERSION);
  db.close();
});

it('moves a file with overwritten pages aside, together with its journals', async () => {
  const path = newStorePath();
  await writeAndRead(path);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xff, 100));
  writeFileSync(`${path}-journal`, 'of the old one');
  const { db, movedTo } = await openDatabase(path);
  expect(existsSync(movedTo!)).toBe(true);
  expect(versionOf(db)).toBe(SCHEMA_VERSION);
  db.close();
});

it.each([
  ['a lower version than its tables', 'PRAGMA user_version = 0'],
  ['the version before the current one', `PRAGMA user_version = ${SCHEMA_VERSION - 1}`],
  ['a version below zero', 'PRAGMA user_version = -1'],
  ['a missing table', 'DROP TABLE events'],
  ['a table of another shape', 'DROP TABLE positions; CREATE TABLE positions (topic BLOB)'],
])('moves a file with %s aside and creates a new one', async (_what, sql) => {
  const path = newStorePath();
  await writeAndRead(path);
  await withDatabase(path, (db) => void db.exec(sql));
  await withDatabase(path, (db) => {
    expect(new Reader(db).get('a')).toBeUndefined();
    expect(versionOf(db)).toBe(SCHEMA_VERSION);
  });
  expect(
    readdirSync(dirname(path)).filter((name) => /\.corrupt-[^-]*-[^-]*-[^-]*-[^-]*-[^-]*$/.test(name)),
  ).toHaveLength(1);
});

it.each(['PRAGMA user_version = 0', 'PRAGMA user_version = 2'])(
  'neither changes nor moves the database of another program (%s)',
  async (sql) => {
    const path = newStorePath();
    const { default: Libsql } = await import('libsql');
    const other = new Libsql(path);
    other.exec(`CREATE TABLE bookmarks (url TEXT); ${sql}`);
    other.close();
    await expect(openDatabase(path)).rejects.toThrow('it is the database of another program');
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  },
);

it('fails at once if its folder cannot be created, even if the file system reports a missing parent', async () => {
  await expect(openDatabase('/proc/stream-infer/store.db')).rejects.toThrow(/ENOENT/);
});

it('fails for a file that another process uses, and does not change it', async () => {
  const path = newStorePath();
  const { db } = await openDatabase(path);
  const error: unknown = await openDatabase(path).catch((thrown: unknown) => thrown);
  expect(isLocked(error)).toBe(true);
  expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  db.close();
});

it('reads the images and counts of a file of schema 3', async () => {
  const path = newStorePath();
  await withDatabase(path, (db) => {
    new Writer(db, { rows: 1_000, days: 30 }).write(
      createChunk([{ id: 'a', label: 3, pixels: GREY, key: 'camera-1' }]),
    );
    // Back to the tables and the unknown truth of schema 3.
    db.exec(`DROP INDEX predictions_by_origin;
      DROP INDEX predictions_by_key;
      DROP INDEX predictions_mistakes;
      DROP TABLE origins;
      DROP TABLE labels;
      ALTER TABLE predictions DROP COLUMN key;
      ALTER TABLE predictions DROP COLUMN origin;
      ALTER TABLE predictions DROP COLUMN original;
      DROP TABLE images;
      CREATE TABLE images (seq INTEGER PRIMARY KEY, pixels BLOB NOT NULL);
      INSERT INTO images VALUES (1, zeroblob(784));
      UPDATE cells SET truth = 255;
      PRAGMA user_version = 3;`);
  });
  const { db, movedTo } = await openDatabase(path);
  expect(movedTo).toBeNull();
  const reader = new Reader(db);
  expect(reader.image('a')).toEqual({ width: 28, height: 28, channels: 1, pixels: new Uint8Array(784) });
  expect(reader.counts().cells).toEqual([[-1, 3, 1]]);
  expect(reader.get('a')).not.toHaveProperty('original');
  const source = {
    topic: 'images',
    partition: 0,
    key: 'camera-1',
    model: { name: 'fashion-mnist', version: 1 },
  };
  expect(reader.total(source).predictions).toBe(1);
  expect(reader.total({ ...source, key: 'camera-2' }).predictions).toBe(0);
  db.close();
});
