/** One PostgreSQL database for two processes of a group on Kafka, their pages, and the guide about it. */
import { execFileSync } from 'node:child_process';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import type { MessageSink } from '../../src/core/ports';
import type { ConfusionAnswer } from '../../src/http/schemas/quality';
import type { StoreFrame } from '../../src/http/schemas/health';
import type { PredictionsAnswer } from '../../src/http/schemas/predictions';
import type { StatsAnswer } from '../../src/http/schemas/stats';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { PASSWORD, PostgresServer } from '../helpers/postgres';

const TIMEOUT = 60_000;
jest.setTimeout(3 * TIMEOUT);

const BATCH = 1_000;
/** Replaced by those of the test. */
const PLACES = ['--broker', '--port'];
const lines = commandLinesOf('docs/guides/postgres.md').map(({ text }) => text);

describeWith(['java', 'maven', 'kafka-addon', 'postgres'], 'a database of two processes on Kafka', () => {
  let kafka: KafkaServer;
  let postgres: PostgresServer;
  let sink: MessageSink;
  let published = 0;
  const running: Cli[] = [];

  beforeAll(async () => {
    [kafka, postgres] = await Promise.all([KafkaServer.create(), PostgresServer.create()]);
    const broker = createKafkaBroker(
      { properties: { 'bootstrap.servers': kafka.bootstrapServers }, embedded: false },
      silentContext('test-postgres'),
    );
    const admin = broker.createAdmin();
    const topics = ['images', 'predictions', 'images.dlq'];
    await admin.createTopics(topics.map((topic) => ({ topic, partitions: 4 })));
    await admin.close();
    sink = broker.createSink();
    await sink.open(AbortSignal.timeout(TIMEOUT));
  }, 2 * TIMEOUT);

  afterAll(async () => {
    await Promise.all(running.map((one) => one.stop('SIGKILL')));
    await sink.close();
    await Promise.all([kafka.close(), postgres.close()]);
  });

  async function publish(): Promise<void> {
    const images = testImages();
    const message = (i: number) => ({
      key: Buffer.from(`k${i}`),
      value: images.subarray(i * 784, (i + 1) * 784),
      headers: [],
    });
    await sink.publish(
      'images',
      Array.from({ length: BATCH }, (_, i) => message(i)),
    );
    published += BATCH;
  }

  function start(command: string, flags: readonly string[] = []): Cli {
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    const env = { STREAM_INFER_STORE_PATH: postgres.url('results') };
    const one = new Cli([command, ...broker, '--port', '0', ...flags], env);
    running.push(one);
    return one;
  }

  /** Runs a line of the guide that is not a call of this program. */
  function runLine(line: string): string {
    const server = {
      PGHOST: '127.0.0.1',
      PGPORT: String(postgres.port),
      PGUSER: 'app',
      PGPASSWORD: PASSWORD,
    };
    const own = line.replaceAll('postgres://app@db:5432/results', postgres.url('results'));
    return execFileSync('bash', ['-c', own], { env: { ...process.env, ...server }, encoding: 'utf8' });
  }

  const stats = (one: Cli) => one.json<StatsAnswer>('/api/v1/stats');
  const store = async (one: Cli): Promise<StoreFrame> =>
    (await one.json<{ store: StoreFrame }>('/readyz')).store;
  const usable = async (one: Cli) =>
    /^stream_infer_store_usable\S* (\d)$/m.exec(await (await fetch(`${one.url}/metrics`)).text())?.[1];
  const counted = async (one: Cli): Promise<number> => {
    const { confidence } = await one.json<ConfusionAnswer>('/api/v1/confusion');
    return confidence.reduce((sum, { count }) => sum + count, 0);
  };
  const rows = async (): Promise<number> => {
    const text = 'SELECT count(*)::int AS n FROM stream_infer.predictions';
    return (await postgres.query<{ n: number }>('results', text))[0]!.n;
  };
  const latest = async (one: Cli): Promise<string[]> => {
    const { predictions } = await one.json<PredictionsAnswer>('/api/v1/predictions?limit=200');
    return predictions.map(({ id }) => id);
  };
  const explain = () => running.map(({ stderr }) => stderr.slice(-2_000)).join('\n---\n');
  const soon = (condition: () => Promise<boolean>) => until(condition, TIMEOUT, explain);

  it('shows one history on both, before and after an outage that does not stop the stream', async () => {
    for (const line of lines.filter((one) => one.startsWith('createdb'))) runLine(line);
    const two = [start('run'), start('run')];
    const [one, other] = two as [Cli, Cli];
    await Promise.all(two.map((each) => each.ready(TIMEOUT)));
    await publish();
    await soon(async () => (await counted(one)) === published && (await counted(other)) === published);
    const shares = (await Promise.all(two.map(stats))).map(({ predictions }) => predictions);
    expect(shares.reduce((sum, share) => sum + share)).toBe(published);
    expect(shares.every((share) => share > 0)).toBe(true);
    expect(await latest(one)).toEqual(await latest(other));

    await postgres.kill();
    await publish();
    await soon(async () => {
      const all = await Promise.all(two.map(stats));
      return all.reduce((sum, { predictions }) => sum + predictions, 0) === published;
    });
    await soon(async () => (await Promise.all(two.map(store))).every(({ alarm }) => alarm !== null));
    expect(await Promise.all(two.map(usable))).toEqual(['0', '0']);
    // From memory, until the database is back.
    expect((await latest(one)).length).toBeGreaterThan(0);

    await postgres.start();
    await soon(async () => (await rows()) === published);
    await soon(async () => (await counted(one)) === published && (await counted(other)) === published);
    expect(await store(one)).toMatchObject({
      kind: 'postgres',
      alarm: null,
      shedRows: 0,
      path: `postgres://app@127.0.0.1:${postgres.port}/results`,
    });
    expect(await Promise.all(two.map(usable))).toEqual(['1', '1']);
    expect(await latest(one)).toEqual(await latest(other));
    expect(explain()).not.toContain(PASSWORD);
  });

  it('runs the commands of the guide, with its figures in SQL and on the page of `serve`', async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    for (const line of lines.filter((one) => one.startsWith('psql')))
      expect(runLine(line)).toMatch(/rows\)|GRANT/);
    const commands = lines.map(ownWords).filter((words) => words !== undefined);
    expect(commands.map(([command]) => command)).toEqual(['run', 'serve']);
    const started = commands.map((words) => {
      const given = words.slice(1).filter((word, i, all) => !isReplaced(word) && !isReplaced(all[i - 1]));
      const own = given.map((word) =>
        word.replace('postgres://app@db:5432/results', postgres.url('results')),
      );
      // The group of the stopped processes may still wait for them.
      return start(words[0]!, words[0] === 'run' ? [...own, '--group', 'guide'] : own);
    });
    await Promise.all(started.map((one) => one.ready(TIMEOUT)));
    for (const one of started) {
      expect(await counted(one)).toBe(published);
      expect((await store(one)).kind).toBe('postgres');
    }
    for (const { code } of await Promise.all(started.map((one) => one.stop()))) expect(code).toBe(0);
  });

  it('ends with one error and its remedy for a wrong password, which it masks', async () => {
    const wrong = postgres.url('results').replace(PASSWORD, 'hunter2');
    const ended = await cli(['run', '--broker', 'memory', '--port', '0', '--store', wrong]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/CONFIG_INVALID[^]*correct user and password/);
    const shown = await cli(['config', 'print'], { STREAM_INFER_STORE_PATH: wrong });
    expect(ended.stderr + shown.stdout + shown.stderr).not.toContain('hunter2');
  });
});

function isReplaced(word: string | undefined): boolean {
  return word !== undefined && PLACES.includes(word);
}
