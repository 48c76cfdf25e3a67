import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResultsStore } from '../../../../src/results/store/store';
import { createStoredEvents } from '../../../../src/results/store/stored-events';
import { until } from '../../../helpers/cli';
import { makeEvent } from '../../../helpers/events';
import { describeWith } from '../../../helpers/parts';
import { PASSWORD, PostgresServer } from '../../../helpers/postgres';
import { createOutcome } from '../../../helpers/services';

jest.setTimeout(180_000);

describeWith(['postgres'], 'a database of several processes', () => {
  let server: PostgresServer;
  let database: string;
  const opened: ResultsStore[] = [];
  const lines: string[] = [];

  beforeAll(async () => {
    server = await PostgresServer.create();
  });
  beforeEach(async () => {
    database = await server.createDatabase();
    lines.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(() => server.close());

  function create(url = server.url(database)): ResultsStore {
    const write = (level: string) => (fields: object, text: string) =>
      void lines.push(`${level} ${text} ${JSON.stringify(fields)}`);
    const log = { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') };
    const retain = { rows: 100_000, days: 30 };
    const store = new ResultsStore({ path: url, images: 'all', retain, log, retryMs: 50 });
    opened.push(store);
    return store;
  }

  async function open(): Promise<ResultsStore> {
    const store = create();
    await store.open();
    return store;
  }

  const outcomes = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) =>
      createOutcome({ id: `${prefix}${i}`, label: i % 10, truth: i % 9 }),
    );
  const rows = async () =>
    (await server.query<{ n: string }>(database, 'SELECT count(*) AS n FROM stream_infer.predictions'))[0]?.n;
  const counted = async () =>
    (await server.query<{ n: string }>(database, 'SELECT sum(count) AS n FROM stream_infer.cells'))[0]?.n;
  const untilWritten = (...stores: ResultsStore[]) =>
    until(
      () => stores.every(({ queued }) => queued === 0),
      60_000,
      () => `${stores.map(({ queued, alarm }) => `${queued} ${String(alarm)}`).join()}; ${lines.join('\n')}`,
    );

  it('creates the tables once for processes that start together, and keeps one row and count per message', async () => {
    const stores = [create(), create(), create()];
    await Promise.all(stores.map((store) => store.open()));
    for (let turn = 0; turn < 4; turn++)
      for (const [i, store] of stores.entries()) {
        const shared = outcomes(`turn${turn}-`, 300);
        // In another order in each, as after a change of partitions.
        store.onOutcomes(i === 1 ? shared.reverse() : shared);
        store.onOutcomes(outcomes(`own${turn}-${i}-`, 100));
      }
    await untilWritten(...stores);
    expect(await rows()).toBe('2400');
    expect(await counted()).toBe('2400');
    expect(stores.map(({ shed }) => shed.rows)).toEqual([0, 0, 0]);
    expect(await stores[2]!.get('own0-1-7')).toBeDefined();
    expect(lines).toEqual([]);
  });

  it('gives two alerts of the same number different ones', async () => {
    const [one, other] = [createStoredEvents(await open()), createStoredEvents(await open())];
    await Promise.all([
      one.insert(makeEvent({ id: 'a', alert: 1 })),
      other.insert(makeEvent({ id: 'b', alert: 1 })),
    ]);
    const alerts = await one.list({ alerts: true, limit: 5 });
    expect(alerts.map(({ alert }) => alert)).toEqual([2, 1]);
    expect(await other.lastAlert()).toBe(2);
  });

  it('loses nothing when the server is killed, and says so once', async () => {
    const store = await open();
    let sent = 0;
    const send = (count: number) => {
      store.onOutcomes(outcomes(`k${sent}-`, count));
      sent += count;
    };
    for (let i = 0; i < 20; i++) send(50);
    await server.kill();
    for (let i = 0; i < 20; i++) send(50);
    await until(
      () => store.alarm !== null,
      30_000,
      () => 'no alarm',
    );
    expect(store.usable).toBe(false);
    await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'NOT_READY' });
    await server.start();
    await untilWritten(store);
    expect(await rows()).toBe(String(sent));
    expect(await counted()).toBe(String(sent));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info']);
    expect(lines.join()).not.toContain(PASSWORD);
    expect(store.alarm).toBeNull();
  });

  it('waits a bounded time for a frozen server, then writes everything once', async () => {
    const store = await open();
    store.onOutcomes(outcomes('f', 10));
    await untilWritten(store);
    server.freeze();
    store.onOutcomes(outcomes('f', 700));
    const startedAt = Date.now();
    await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    server.thaw();
    await untilWritten(store);
    expect([await rows(), await counted()]).toEqual(['700', '700']);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info']);
  });

  it('starts without the server, and counts what the full queue drops', async () => {
    await server.kill();
    const store = create();
    await store.open();
    expect(store.alarm).toMatch(/ECONNREFUSED/);
    store.onOutcomes(outcomes('s', 6_000));
    expect(store.queued).toBeLessThanOrEqual(4_000);
    expect(store.shed.rows).toBe(6_000 - store.queued);
    await server.start();
    await untilWritten(store);
    expect(await rows()).toBe(String(6_000 - store.shed.rows));
    // The figures have all of them.
    store.onOutcomes(outcomes('more', 1));
    await until(
      async () => (await counted()) === '6001',
      10_000,
      () => 'not all counted',
    );
  });

  it.each<[string, () => string, RegExp]>([
    ['password', () => server.url(database).replace(PASSWORD, 'hunter2'), /correct user and password/],
    ['missing password', () => server.url(database).replace(`:${PASSWORD}`, ''), /asks for a password/],
    ['database', () => server.url('absent'), /"absent" does not exist; create the database/],
    ['TLS', () => server.url(database, '?sslmode=require'), /no TLS; remove sslmode/],
    [
      'certificate',
      () => server.url(database, '?sslmode=require&sslrootcert=/absent.pem'),
      /sslrootcert cannot be read/,
    ],
  ])('refuses a wrong %s before the start, with the remedy', async (_name, url, message) => {
    const store = create(url());
    const refusal = await store.open().catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message) as string,
    });
    expect(String(refusal)).not.toMatch(/hunter2|pass-word/);
    expect(lines).toEqual([]);
  });

  it('refuses the tables of another program, and leaves those of a later version alone', async () => {
    await server.query(database, 'CREATE SCHEMA other; CREATE TABLE other.orders (id int)');
    const foreign = create(server.url(database, '?schema=other'));
    await expect(foreign.open()).rejects.toThrow(/tables of another program; name another one/);

    await (await open()).close();
    await server.query(database, 'UPDATE stream_infer.schema_version SET version = 99');
    const newer = create();
    await newer.open();
    expect(newer.alarm).toMatch(/version 99, and this program knows 1 at most/);
    newer.onOutcomes(outcomes('x', 5));
    expect(await rows()).toBe('0');
    expect(await server.query(database, 'SELECT version FROM stream_infer.schema_version')).toEqual([
      { version: 99 },
    ]);
  });

  it('keeps two schemas apart', async () => {
    const pets = create(server.url(database, '?schema=pets'));
    await pets.open();
    pets.onOutcomes(outcomes('p', 3));
    expect(await pets.list({ limit: 10 })).toHaveLength(3);
    expect(await (await open()).list({ limit: 10 })).toEqual([]);
  });

  it('encrypts and verifies as sslmode says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-infer-tls-'));
    const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
    await server.useCertificate(certificate, key);
    const at = (parameters: string, host = '127.0.0.1') =>
      create(server.url(database, `?${parameters}`).replace('127.0.0.1', host));
    await at('sslmode=require').open();
    await at(`sslmode=verify-ca&sslrootcert=${certificate}`).open();
    await at(`sslmode=verify-full&sslrootcert=${certificate}`, 'localhost').open();
    await expect(at(`sslmode=verify-full&sslrootcert=${certificate}`).open()).rejects.toThrow(
      /use the host name of the certificate/,
    );
    await expect(at('sslmode=verify-full', 'localhost').open()).rejects.toThrow(
      /name the authority with sslrootcert/,
    );
    const used = await server.query<{ ssl: boolean }>(
      database,
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'stream-infer' AND state IS NOT NULL",
    );
    expect(used.length).toBeGreaterThan(2);
    expect(used.every(({ ssl }) => ssl)).toBe(true);
  });
});
