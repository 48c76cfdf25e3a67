import { inTransaction, type Database } from './sql';

/**
 * Step `n` migrates from `user_version` n to n + 1. A released step is never changed: a new one is added.
 *
 * An unknown `truth` is NULL; in `cells` it is -1 (255 up to step 3), because NULLs are never equal in a primary key; so is an unknown partition in `origins`. The other indexes
 * end in `seq` (the rowid), so that each filter reads newest first without sorting. Images have their own table, since
 * most queries do not read them, and they are dropped first.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE predictions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    label INTEGER NOT NULL,
    truth INTEGER,
    wrong INTEGER NOT NULL,
    bin INTEGER NOT NULL,
    confidence REAL NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
  );
  CREATE UNIQUE INDEX predictions_by_id ON predictions (id);
  CREATE INDEX predictions_by_label ON predictions (label, seq);
  CREATE INDEX predictions_by_truth ON predictions (truth, seq);
  CREATE INDEX predictions_by_bin ON predictions (bin, seq);
  CREATE INDEX predictions_wrong ON predictions (seq, truth, label) WHERE wrong = 1;
  CREATE TABLE images (seq INTEGER PRIMARY KEY, pixels BLOB NOT NULL);
  CREATE TABLE cells (
    truth INTEGER NOT NULL,
    label INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (truth, label)
  ) WITHOUT ROWID;
  CREATE TABLE bins (
    bin INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    judged INTEGER NOT NULL,
    correct INTEGER NOT NULL,
    confidence REAL NOT NULL
  );
  CREATE TABLE minutes (
    at INTEGER PRIMARY KEY,
    predictions INTEGER NOT NULL,
    judged INTEGER NOT NULL,
    correct INTEGER NOT NULL,
    dead_letters INTEGER NOT NULL
  );
  `,
  // AUTOINCREMENT: `seq` is the cursor of pages, so it is not reused after a deletion.
  `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    alert INTEGER UNIQUE,
    matches INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    acknowledged_at TEXT,
    acknowledged_by TEXT,
    note TEXT,
    body BLOB NOT NULL
  );
  CREATE INDEX events_by_rule ON events (rule, seq);
  CREATE TABLE event_images (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (id, name)
  ) WITHOUT ROWID;
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  `,
  // For a store filled from topics: the read positions, the counted dead letters, and the name of the reader.
  `
  CREATE TABLE positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
  ) WITHOUT ROWID;
  CREATE TABLE letters (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
  CREATE TABLE names (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `,
  // For models of any size and any number of classes. `about` is NULL for an image of 28×28 pixels in grey.
  `
  ALTER TABLE images ADD COLUMN about TEXT;
  UPDATE cells SET truth = -1 WHERE truth = 255;
  `,
  // JSON with format, width and height of the image file; NULL for raw pixels.
  'ALTER TABLE predictions ADD COLUMN original TEXT;',
  // Topics, partitions and models are few, and each combination has a number, so one index serves them all.
  `
  CREATE TABLE origins (
    origin INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (topic, partition, model, version)
  );
  ALTER TABLE predictions ADD COLUMN origin INTEGER;
  ALTER TABLE predictions ADD COLUMN key TEXT;
  CREATE TEMP TABLE sources (seq INTEGER PRIMARY KEY, topic, partition, model, version, key);
  INSERT INTO sources SELECT seq,
    json_extract(json, '$.source.topic') AS topic,
    coalesce(json_extract(json, '$.source.partition'), -1) AS partition,
    json_extract(json, '$.model.name') AS model,
    json_extract(json, '$.model.version') AS version,
    json_extract(json, '$.source.key') AS key
    FROM (SELECT seq, CAST(body AS TEXT) AS json FROM predictions) WHERE json_valid(json);
  INSERT OR IGNORE INTO origins (topic, partition, model, version)
    SELECT DISTINCT topic, partition, model, version FROM sources;
  UPDATE predictions SET (origin, key) = (SELECT origins.origin, sources.key FROM sources LEFT JOIN origins
    USING (topic, partition, model, version) WHERE sources.seq = predictions.seq);
  DROP TABLE sources;
  CREATE INDEX predictions_by_origin ON predictions (origin, seq);
  CREATE INDEX predictions_by_key ON predictions (key, seq) WHERE key IS NOT NULL;
  CREATE INDEX predictions_mistakes ON predictions (confidence, seq) WHERE wrong = 1;
  `,
  // `seq` is the cursor of pages; a changed label becomes the newest. The image is in the body.
  `
  CREATE TABLE labels (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    label INTEGER NOT NULL,
    body BLOB NOT NULL
  );
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Thrown for a file of a later version of this program: it is neither read nor moved. */
export class NewerSchema extends Error {}

/** Thrown for a file whose tables do not match its version: it is moved aside as corrupt. */
export class DamagedSchema extends Error {}

/**
 * Migrates the file to the current schema, all steps or none. Throws NewerSchema or DamagedSchema.
 *
 * @param empty an empty database for this call: its tables are compared with the tables of the file
 */
export function migrate(db: Database, empty: Database): void {
  inTransaction(db, () => {
    const version = versionOf(db);
    if (version > SCHEMA_VERSION)
      throw new NewerSchema(`it has schema ${version}, and this version knows ${SCHEMA_VERSION} at most`);
    assertUndamaged(db, empty, version);
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

/**
 * The file must have exactly the tables of its version, and none of a later one. The database of another program is
 * refused, and not moved.
 */
function assertUndamaged(db: Database, empty: Database, version: number): void {
  const found = objectsIn(db);
  for (const step of MIGRATIONS.slice(0, Math.max(0, version))) empty.exec(step);
  const present = objectsIn(empty);
  for (const step of MIGRATIONS.slice(Math.max(0, version))) empty.exec(step);
  const known = objectsIn(empty);
  if (found.size > 0 && ![...found.keys()].some((name) => known.has(name)))
    throw new Error('it is the database of another program; name another file with --store');
  if (version < 0) throw new DamagedSchema(`it has schema ${version}`);
  for (const name of known.keys()) {
    if (found.get(name) !== present.get(name))
      throw new DamagedSchema(`${name} is not as schema ${version} has it`);
  }
}

/** Tables and indexes by name, with their SQL, without the internal ones of SQLite. */
function objectsIn(db: Database): Map<string, string> {
  const rows = db
    .prepare("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")
    .all();
  return new Map((rows as { name: string; sql: string }[]).map(({ name, sql }) => [name, sql]));
}

export function versionOf(db: Database): number {
  const [row] = db.prepare('PRAGMA user_version').all() as { user_version: number }[];
  return row?.user_version ?? 0;
}
