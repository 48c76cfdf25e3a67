/** Tables that several processes migrate, and users with too few rights. */
import { Client } from 'pg';
import { ResultsStore } from '../../../../src/results/store/store';
import { MIGRATIONS, migrate } from '../../../../src/results/store/postgres/schema';
import { until } from '../../../helpers/cli';
import { describeWith } from '../../../helpers/parts';
import { PASSWORD, PostgresServer } from '../../../helpers/postgres';
import { createOutcome, SILENT_LOG } from '../../../helpers/services';

jest.setTimeout(120_000);

const NEWER = [...MIGRATIONS, 'ALTER TABLE predictions ADD COLUMN extra integer; SELECT pg_sleep(0.3)'];

describeWith(['postgres'], 'the tables in a database', () => {
  let server: PostgresServer;
  let database: string;
  const opened: ResultsStore[] = [];
  const clients: Client[] = [];

  beforeAll(async () => {
    server = await PostgresServer.create();
  });
  beforeEach(async () => {
    database = await server.createDatabase();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await Promise.all(clients.splice(0).map((client) => client.end()));
  });
  afterAll(() => server.close());

  function create(url = server.url(database), readOnly = false): ResultsStore {
    const retain = { rows: 100_000, days: 30 };
    const store = new ResultsStore({
      path: url,
      images: 'all',
      retain,
      readOnly,
      log: SILENT_LOG,
      retryMs: 50,
    });
    opened.push(store);
    return store;
  }

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: server.url(database) });
    clients.push(client);
    await client.connect();
    await client.query('SET search_path TO stream_infer');
    return client;
  }

  /** URL of a user who may connect, and to whom `grants` apply. */
  async function urlOf(user: string, grants: string): Promise<string> {
    await server.query(database, `CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}'; ${grants}`);
    return server.url(database).replace('app:', `${user}:`);
  }

  async function fill(count: number): Promise<void> {
    const store = create();
    await store.open();
    store.onOutcomes(Array.from({ length: count }, (_, i) => createOutcome({ id: `m${i}` })));
    await store.get('m0');
    await store.close();
  }

  it('are migrated once by two processes that start together; a process of the older version stays out', async () => {
    await fill(3);
    const [older, one, other] = [create(), await connect(), await connect()];
    await older.open();
    await Promise.all([migrate(one, 'stream_infer', NEWER), migrate(other, 'stream_infer', NEWER)]);
    expect((await one.query('SELECT version FROM schema_version')).rows).toEqual([{ version: NEWER.length }]);
    // It was open before, and steps only add, so it continues. It does not open again.
    older.onOutcomes([createOutcome({ id: 'm3' })]);
    expect(await older.list({ limit: 10 })).toHaveLength(4);
    const late = create();
    await late.open();
    expect(late.alarm).toMatch(/tables have version 2, and this program knows 1 at most; update the program/);
    expect(late.usable).toBe(false);
  });

  it('are migrated completely or not at all', async () => {
    await fill(2);
    const client = await connect();
    const broken = [...NEWER, 'ALTER TABLE absent ADD COLUMN extra integer'];
    await expect(migrate(client, 'stream_infer', broken)).rejects.toThrow(/"absent" does not exist/);
    expect((await client.query('SELECT version FROM schema_version')).rows).toEqual([{ version: 1 }]);
    const store = create();
    await store.open();
    expect(await store.list({ limit: 5 })).toHaveLength(2);
  });

  it('may be read by a user who may not write, but only for `serve`', async () => {
    await fill(4);
    const url = await urlOf(
      'reader',
      'GRANT USAGE ON SCHEMA stream_infer TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA stream_infer TO reader',
    );
    const page = create(url, true);
    await page.open();
    expect(page.alarm).toBeNull();
    expect(await page.list({ limit: 10 })).toHaveLength(4);
    await expect(create(url).open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /may not write to .*predictions.*; grant the rights: GRANT SELECT/,
      ) as string,
    });
  });

  it.each([
    ['without the right to create a schema', 'outsider', false, ''],
    ['without the right to use the schema', 'stranger', true, ''],
    [
      'in a session that is read-only',
      'frozen',
      false,
      'ALTER ROLE frozen SET default_transaction_read_only = on',
    ],
  ])('refuse a user %s, with the remedy', async (_name, user, exists, grants) => {
    if (exists) await fill(1);
    const url = await urlOf(user, grants);
    const refusal = await create(url)
      .open()
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/grant the rights|read-only; name the primary/) as string,
    });
    expect(String(refusal)).not.toContain(PASSWORD);
  });

  it('take only statements with a bounded time: a locked table is an alarm, and nothing is lost', async () => {
    const store = create();
    await store.open();
    const blocker = await connect();
    await blocker.query('BEGIN; LOCK TABLE predictions IN ACCESS EXCLUSIVE MODE');
    store.onOutcomes([createOutcome({ id: 'blocked' })]);
    const startedAt = Date.now();
    await expect(store.get('blocked')).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(store.alarm).toMatch(/lock timeout/);
    await blocker.query('ROLLBACK');
    await until(
      () => store.queued === 0 && store.usable,
      20_000,
      () => String(store.alarm),
    );
    expect(await store.get('blocked')).toBeDefined();
    expect(store.shed.rows).toBe(0);
  });
});
