/** The two-process mode on real brokers: consumers without HTTP and `serve`, killed and restarted. */
import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import type { StoredEvent } from '../../src/core/event';
import type { OutgoingMessage } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import type { Prediction } from '../../src/core/prediction';
import type { Confusion, Minute } from '../../src/results/view';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

const TIMEOUT = 240_000;
jest.setTimeout(3 * TIMEOUT);

const images = testImages();
const labels = testLabels();
const newHome = () => mkdtempSync(join(tmpdir(), 'stream-infer-home-'));

function message(index: number): OutgoingMessage {
  return {
    key: null,
    value: images.subarray(index * 784, (index + 1) * 784),
    headers: [
      ['label', String(labels[index])],
      ['id', `test/${index}`],
    ],
  };
}

const rubbish: OutgoingMessage = { key: null, value: Buffer.from('no image'), headers: [] };

async function publish(broker: Broker, start: number, end: number, bad: number): Promise<void> {
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(TIMEOUT));
  const good = Array.from({ length: end - start }, (_, i) => message(start + i));
  await sink.publish('images', [...good, ...Array<OutgoingMessage>(bad).fill(rubbish)]);
  await sink.close();
}

/** One process under a name that it keeps over restarts, with a home of its own. */
class Member {
  readonly home = newHome();
  #running: Cli | undefined;

  constructor(
    private readonly words: readonly string[],
    private readonly env: NodeJS.ProcessEnv = {},
  ) {}

  get cli(): Cli {
    if (this.#running === undefined) throw new Error('it is not started');
    return this.#running;
  }

  start(): this {
    this.#running = new Cli(this.words, { XDG_DATA_HOME: this.home, ...this.env });
    return this;
  }

  async kill(): Promise<void> {
    await this.#running?.stop('SIGKILL');
  }

  async stop(): Promise<number | null | undefined> {
    return (await this.#running?.stop())?.code;
  }
}

/** Of a `serve`: what its store holds. */
async function confusion(serve: Member): Promise<Confusion> {
  return await serve.cli.json<Confusion>('/api/v1/confusion');
}

async function judged(serve: Member): Promise<number> {
  return (await confusion(serve)).judged;
}

async function deadLetters(serve: Member): Promise<number> {
  const { minutes } = await serve.cli.json<{ minutes: Minute[] }>('/api/v1/history?minutes=60');
  return minutes.reduce((sum, minute) => sum + minute.deadLetters, 0);
}

async function stored(serve: Member): Promise<Prediction[]> {
  const text = await (await fetch(`${serve.cli.url}/api/v1/export?format=ndjson`)).text();
  const predictions = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Prediction & { seq?: number });
  return predictions
    .map(({ seq: _seq, ...prediction }) => prediction)
    .sort((a, b) => a.id.localeCompare(b.id));
}

async function waitFor(
  what: string,
  members: readonly Member[],
  condition: () => Promise<boolean>,
): Promise<void> {
  await until(
    condition,
    TIMEOUT,
    () => `${what}\n${members.map(({ cli }) => cli.stderr.slice(-2_000)).join('\n---\n')}`,
  );
}

const POISON = [{ images: null }, { images: { enlarged: 5 } }, { alert: {} }, { count: 'x' }, { drift: {} }];
const SKIPPED = [
  ['events', POISON.length + 1],
  ['predictions', 2],
  ['dead-letters', 1],
] as const;

/** Messages that other programs might put there, and a good event behind them. */
async function publishPoison(broker: Broker): Promise<void> {
  const good = {
    schemaVersion: 1,
    id: 'good',
    rule: 'bags',
    kind: 'label',
    severity: 'info',
    description: 'A bag.',
  };
  const event = { ...good, at: '2026-01-01T00:00:00.000Z', count: 1, alert: 1, images: {} };
  const wrong = POISON.map((fields, i) => ({ ...event, id: `wrong ${i}`, ...fields }));
  const prediction = {
    schemaVersion: 1,
    id: 'wrong',
    label: 8,
    className: {},
    confidence: 1,
    probabilities: null,
  };
  const messages = (values: readonly unknown[]): OutgoingMessage[] =>
    values.map((value) => ({ key: 'a', value: Buffer.from(JSON.stringify(value)), headers: [] }));
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(TIMEOUT));
  await sink.publish('events', messages([...wrong, [], event]));
  await sink.publish('predictions', messages([prediction, null]));
  await sink.publish('images.dlq', messages(['no dead letter']));
  await sink.close();
}

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'two consumers and two serves on Kafka', () => {
  let server: KafkaServer;
  let broker: Broker;

  beforeAll(async () => {
    server = await KafkaServer.create();
    broker = createKafkaBroker(
      { properties: { 'bootstrap.servers': server.bootstrapServers }, embedded: false },
      silentContext('test-serve'),
    );
  });

  afterAll(async () => {
    await broker?.close();
    await server?.close();
  });

  it('end with equal, complete stores despite kills and restarts', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', server.bootstrapServers];
    const consumers = [1, 2].map(() => new Member(['run', ...flags, '--no-http', '--workers', '1']));
    const serves = [1, 2].map(() => new Member(['serve', ...flags, '--port', '0']));
    const [one, two] = consumers as [Member, Member];
    const [first, second] = serves as [Member, Member];
    const all = [...consumers, ...serves];
    try {
      // Before there is any topic.
      first.start();
      await until(
        () => first.cli.stderr.includes('page and API'),
        TIMEOUT,
        () => first.cli.stderr,
      );
      expect((await cli(['topics', 'create', ...flags])).code).toBe(0);
      one.start();
      await publish(broker, 0, 600, 3);
      await waitFor('the first has some', [first, one], async () => (await judged(first)) >= 100);
      two.start();
      second.start();

      await Promise.all([first.kill(), one.kill()]);
      await publish(broker, 600, 1200, 3);
      await waitFor('the second has some more', [second, two], async () => (await judged(second)) >= 300);
      first.start();
      one.start();
      await Promise.all([second.kill(), two.kill()]);
      await publish(broker, 1200, 1800, 3);
      await waitFor('the first has most', [first, one], async () => (await judged(first)) >= 900);
      await Promise.all(all.map((member) => member.kill()));
      for (const member of all) member.start();

      for (const serve of serves) {
        await waitFor('all is there', all, async () => (await judged(serve)) === 1800);
        // It is counted before it is written.
        await waitFor('all is stored', all, async () => (await stored(serve)).length === 1800);
        await waitFor('all dead letters are there', all, async () => (await deadLetters(serve)) === 9);
      }
      // After a kill, `serve` reads some predictions again: a repeated one has its earlier copy until its later one is read.
      await waitFor('both stores are equal', all, async () =>
        isDeepStrictEqual(await stored(first), await stored(second)),
      );
      const [left, right] = [await stored(first), await stored(second)];
      expect(left.map(({ id }) => id)).toEqual(
        Array.from({ length: 1800 }, (_, i) => `test/${i}`).sort((a, b) => a.localeCompare(b)),
      );
      expect(right).toEqual(left);
      const [mine, other] = [await confusion(first), await confusion(second)];
      expect([other.matrix, other.perClass, other.correct]).toEqual([
        mine.matrix,
        mine.perClass,
        mine.correct,
      ]);
      expect(other.confidence.map(({ count }) => count)).toEqual(mine.confidence.map(({ count }) => count));
      // What was read by earlier processes is shown by this one.
      for (const serve of serves)
        await waitFor('all dead letters are shown', all, async () => {
          const { deadLetters: shown } = await serve.cli.json<{ deadLetters: unknown[] }>(
            '/api/v1/dead-letters',
          );
          return shown.length === 9;
        });
      // Each has read everything and continues with new messages.
      await publish(broker, 1800, 1900, 0);
      for (const serve of serves)
        await waitFor('what came later is there', all, async () => (await judged(serve)) === 1900);
      expect(await Promise.all(all.map((member) => member.stop()))).toEqual([0, 0, 0, 0]);
    } finally {
      await Promise.all(all.map((member) => member.kill()));
    }
  });

  it('serve reports that it has no model and that another process has the store, and skips invalid messages', async () => {
    const home = newHome();
    const rules = join(home, 'rules.yaml');
    writeFileSync(rules, 'alerts:\n  - { name: bags, kind: label, labels: [Bag], alert: true }\n');
    const connection = ['--broker', 'kafka', '--bootstrap-servers', server.bootstrapServers, '-c', rules];
    const flags = [...connection, '--port', '0'];
    expect((await cli(['topics', 'create', ...connection])).code).toBe(0);
    await publishPoison(broker);
    const serve = new Cli(['serve', ...flags], { XDG_DATA_HOME: home });
    try {
      await until(
        () => serve.url !== '',
        TIMEOUT,
        () => serve.stderr,
      );
      await serve.ready(TIMEOUT);
      const answer = await fetch(`${serve.url}/api/v1/classify`, {
        method: 'POST',
        body: images.subarray(0, 784),
      });
      expect([answer.status, await answer.json()]).toEqual([
        501,
        expect.objectContaining({
          code: 'MODEL_ELSEWHERE',
          detail: expect.stringContaining('the command `run`') as string,
        }),
      ]);
      expect((await fetch(`${serve.url}/api/v1/models`)).status).toBe(501);
      expect((await fetch(`${serve.url}/v2/models/fashion-mnist`)).status).toBe(501);
      const readMetrics = async () => await (await fetch(`${serve.url}/metrics`)).text();
      await until(
        async () => {
          const text = await readMetrics();
          return SKIPPED.every(([source, count]) => text.includes(`{source="${source}"} ${count}\n`));
        },
        TIMEOUT,
        () => serve.stderr,
      );
      // Once for each topic, and the events behind the poison are there.
      expect(serve.stderr.match(/a record is invalid and was skipped/g)).toHaveLength(SKIPPED.length);
      const { events } = await serve.json<{ events: StoredEvent[] }>('/api/v1/events');
      expect(events.map(({ id }) => id)).toEqual(['good']);
      const beside = await cli(['serve', ...flags], { XDG_DATA_HOME: home });
      expect([beside.code, beside.stderr]).toEqual([1, expect.stringContaining('another process uses it')]);
    } finally {
      await serve.stop();
    }
  });

  it('serve reports why it is not ready without a broker', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', '127.0.0.1:1', '--port', '0'];
    const serve = new Cli(['serve', ...flags]);
    try {
      await until(
        async () => {
          const { reasons } = await serve.json<{ reasons: string[] }>('/readyz');
          return reasons.some((reason) => /^Kafka at 127\.0\.0\.1:1: cannot connect/.test(reason));
        },
        TIMEOUT,
        () => serve.stderr,
      );
    } finally {
      await serve.stop();
    }
  });

  it('serve rejects an in-process broker', async () => {
    const { code, stderr } = await cli(['serve']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('lives inside one process')]);
  });
});

describeWith(['go', 'dataset'], 'serve on Pub/Sub', () => {
  const fake = new PubsubFake();

  beforeAll(async () => {
    await fake.start();
  }, BUILD_TIME);

  afterAll(() => fake.kill());

  it('sees everything that a run publishes, including events and alerts, and resumes after a kill', async () => {
    const project = 'stream-infer-serve';
    const rules = join(newHome(), 'rules.yaml');
    writeFileSync(
      rules,
      'alerts:\n  - { name: bags, kind: label, labels: [Bag], minConfidence: 0.5, cooldown: 0, alert: true }\n',
    );
    const env = { PUBSUB_EMULATOR_HOST: fake.address, GOOGLE_CLOUD_PROJECT: project };
    const flags = ['--broker', 'pubsub', '-c', rules];
    const serve = new Member(['serve', ...flags, '--port', '0'], env).start();
    const run = new Member(['run', ...flags, '--no-http', '--workers', '1'], env);
    const both = [serve, run];
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    const broker = createPubsubBroker({ project }, silentContext('test-serve-pubsub'));
    try {
      // It makes its subscriptions, here the topics as well: from then on it misses nothing.
      await until(
        () => serve.cli.url !== '',
        TIMEOUT,
        () => serve.cli.stderr,
      );
      await serve.cli.ready(TIMEOUT);
      run.start();
      await waitFor('the consumer is there', both, async () => {
        await publish(broker, 0, 1, 0);
        return (await judged(serve)) >= 1;
      });
      await publish(broker, 0, 100, 2);
      await waitFor('some are there', both, async () => (await judged(serve)) >= 20);
      await serve.kill();
      await publish(broker, 100, 150, 1);
      serve.start();
      await waitFor('all are there', both, async () => (await judged(serve)) === 150);
      await waitFor('all dead letters', both, async () => (await deadLetters(serve)) === 3);
      const bags = (await stored(serve)).filter(({ label, confidence }) => label === 8 && confidence >= 0.5);
      await waitFor('an alert for each bag', both, async () => {
        const { alerts } = await serve.cli.json<{ alerts: StoredEvent[] }>('/api/v1/alerts?limit=500');
        const pictured = alerts.filter(({ images: { image, occlusion } }) => image && occlusion);
        return new Set(pictured.map(({ prediction }) => prediction?.id)).size === bags.length;
      });
      await serve.stop();
      const removed = await cli(['clean', ...flags, '--yes', '--json'], {
        ...env,
        XDG_DATA_HOME: serve.home,
      });
      expect([removed.code, removed.stderr]).toEqual([0, '']);
      const names = (JSON.parse(removed.stdout) as { removed: string[] }).removed;
      for (const topic of ['predictions', 'images.dlq', 'events'])
        expect(names.filter((name) => name.startsWith(`subscription ${topic}-serve-`))).toHaveLength(1);
      // It made the topics as well; the run came later.
      expect(names).toEqual(
        expect.arrayContaining(['topic images', 'topic alerts', 'subscription images-sub']),
      );
    } finally {
      delete process.env['PUBSUB_EMULATOR_HOST'];
      await broker.close();
      await Promise.all(both.map((member) => member.kill()));
    }
  });
});
