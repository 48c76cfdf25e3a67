import { Misconfigured, NewerSchema } from './failure';
import { inTransaction, lockUntilCommit, type Sql } from './sql';

/**
 * Step `n` migrates from version n to n + 1. A released step is never changed: a new one is added. Older processes may
 * still write while a newer one migrates, so a step only adds: columns with defaults, tables, indexes.
 *
 * The tables are those of the SQLite store, with one difference: the image is a column of its prediction, because
 * PostgreSQL stores large values aside. Ids compare by bytes, which a search by prefix relies on.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE predictions (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    label integer NOT NULL,
    truth integer,
    wrong smallint NOT NULL,
    confidence double precision NOT NULL,
    at bigint NOT NULL,
    body bytea NOT NULL,
    original text,
    pixels bytea,
    about text,
    origin integer NOT NULL,
    key text
  );
  CREATE INDEX predictions_by_label ON predictions (label, seq);
  CREATE INDEX predictions_by_truth ON predictions (truth, seq) WHERE truth IS NOT NULL;
  CREATE INDEX predictions_wrong ON predictions (seq) WHERE wrong = 1;
  CREATE INDEX predictions_mistakes ON predictions (confidence, seq) WHERE wrong = 1;
  CREATE INDEX predictions_by_confidence ON predictions (confidence);
  CREATE INDEX predictions_by_time ON predictions (at);
  CREATE INDEX predictions_by_origin ON predictions (origin, seq);
  CREATE INDEX predictions_by_key ON predictions (key, seq) WHERE key IS NOT NULL;
  CREATE TABLE origins (
    origin integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    model text NOT NULL,
    version bigint NOT NULL,
    UNIQUE (topic, partition, model, version)
  );
  CREATE TABLE cells (
    truth integer NOT NULL,
    label integer NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (truth, label)
  );
  CREATE TABLE bins (
    bin integer PRIMARY KEY,
    count bigint NOT NULL,
    judged bigint NOT NULL,
    correct bigint NOT NULL,
    confidence double precision NOT NULL
  );
  CREATE TABLE minutes (
    at bigint PRIMARY KEY,
    predictions bigint NOT NULL,
    judged bigint NOT NULL,
    correct bigint NOT NULL,
    dead_letters bigint NOT NULL
  );
  CREATE TABLE events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    rule text NOT NULL,
    alert bigint UNIQUE,
    matches bigint NOT NULL,
    last_at text NOT NULL,
    acknowledged_at text,
    acknowledged_by text,
    note text,
    body bytea NOT NULL
  );
  CREATE INDEX events_by_rule ON events (rule, seq);
  CREATE TABLE event_images (
    id text NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name text NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (id, name)
  );
  CREATE TABLE labels (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    label integer NOT NULL,
    body bytea NOT NULL
  );
  CREATE TABLE counters (name text PRIMARY KEY, value bigint NOT NULL);
  CREATE TABLE writers (id uuid PRIMARY KEY, chunk bigint NOT NULL, at bigint NOT NULL);
  CREATE TABLE schema_version (version integer NOT NULL);
  INSERT INTO schema_version VALUES (0);
  `,
];

const WRITABLE = `
  SELECT current_setting('transaction_read_only') = 'on' AS read_only, (
    SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'schema_version'
      AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
  ) AS refused`;

/**
 * Creates or migrates the tables, all steps or none; one process at a time. Rejects with Misconfigured or NewerSchema.
 *
 * @param steps of this program's version
 */
export async function migrate(
  sql: Sql,
  schema: string,
  steps: readonly string[] = MIGRATIONS,
): Promise<void> {
  await inTransaction(sql, async () => {
    await lockUntilCommit(sql, `migration of ${schema}`);
    await assertEncoding(sql);
    await createSchema(sql, schema);
    const version = await versionIn(sql, schema);
    if (version > steps.length)
      throw new NewerSchema(
        `its tables have version ${version}, and this program knows ${steps.length} at most; update the program, or name another schema`,
      );
    for (const step of steps.slice(version)) await sql.query(step);
    if (version < steps.length) await sql.query('UPDATE schema_version SET version = $1', [steps.length]);
  });
}

async function assertEncoding(sql: Sql): Promise<void> {
  const [found] = (await sql.query('SHOW server_encoding')).rows as { server_encoding: string }[];
  if (found?.server_encoding === 'UTF8') return;
  throw new Misconfigured(
    `the database has the encoding ${String(found?.server_encoding)}; create one with UTF8 (createdb -E UTF8 -T template0)`,
  );
}

/** Only if it is missing, because the right to create schemas is needed even to create none. */
async function createSchema(sql: Sql, schema: string): Promise<void> {
  const { rows } = await sql.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rows.length === 0) await sql.query(`CREATE SCHEMA "${schema}"`);
}

async function versionIn(sql: Sql, schema: string): Promise<number> {
  const found = await sql.query('SELECT tablename AS name FROM pg_tables WHERE schemaname = $1', [schema]);
  const names = (found.rows as { name: string }[]).map(({ name }) => name);
  if (names.length === 0) return 0;
  if (!names.includes('schema_version') || !names.includes('predictions'))
    throw new Misconfigured(
      `the schema ${schema} has tables of another program; name another one: ?schema=…`,
    );
  const { rows } = await sql.query(`SELECT version FROM "${schema}".schema_version`);
  return (rows as { version: number }[])[0]?.version ?? 0;
}

/** Without it, everything would seem to work until the first prediction. Rejects with Misconfigured. */
export async function assertWritable(sql: Sql): Promise<void> {
  const [found] = (await sql.query(WRITABLE)).rows as { read_only: boolean; refused: string | null }[];
  if (found?.read_only === true)
    throw new Misconfigured('the database is read-only; name the primary server, or another user');
  if (found?.refused == null) return;
  throw new Misconfigured(
    `the user may not write to ${found.refused}; grant the rights: ` +
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO …',
  );
}
