/** Alert rules on real brokers: one of each kind, with real images and kills. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import type { StoredEvent } from '../../src/core/event';
import type { OutgoingMessage } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import type { Prediction } from '../../src/core/prediction';
import type { DriftAnswer } from '../../src/http/schemas/drift';
import { RULE_KINDS } from '../../src/core/rule';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { mistakesIn } from '../helpers/schemas';

const TIMEOUT = 180_000;
jest.setTimeout(3 * TIMEOUT);

const PROJECT = 'stream-infer-events';
const COMMON = 'cooldown: 1h, remind: 24h, alert: true';
const ONE_OF_EACH = `
alerts:
  - { name: bags, kind: label, labels: [Bag], minConfidence: 0.9, severity: info, ${COMMON} }
  - { name: unsure, kind: low-confidence, maxConfidence: 0.6, count: 3, window: 10m, ${COMMON} }
  - { name: mistakes, kind: wrong, count: 2, window: 10m, ${COMMON} }
  - { name: flood, kind: rate, label: Bag, moreThan: 50, window: 10m, ${COMMON} }
  - { name: rubbish, kind: dead-letters, moreThan: 2, window: 10m, severity: critical, ${COMMON} }
  - { name: drift, kind: drift, samples: 100, ${COMMON} }
`;
const EACH_BAG = `
alerts:
  - { name: each bag, kind: label, labels: [Bag], minConfidence: 0.9, cooldown: 0, alert: true }
`;
const DRIFT = `
alerts:
  - { name: drift, kind: drift, samples: 500, cooldown: 0, alert: true }
`;

const images = testImages();
const labels = testLabels();

function imageMessage(index: number): OutgoingMessage {
  return {
    key: null,
    value: images.subarray(index * 784, (index + 1) * 784),
    headers: [
      ['label', String(labels[index])],
      ['id', `test/${index}`],
    ],
  };
}

/** Inputs for all six rules: images of all classes, many bags, and three invalid messages. */
function mixture(): OutgoingMessage[] {
  const bags = [...labels.keys()].filter((index) => labels[index] === 8).slice(0, 220);
  const rubbish = { key: null, value: Buffer.from('no image'), headers: [] };
  return [
    ...Array.from({ length: 200 }, (_, i) => imageMessage(i)),
    ...bags.map(imageMessage),
    ...Array<OutgoingMessage>(3).fill(rubbish),
  ];
}

function configFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-rules-')), 'rules.yaml');
  writeFileSync(file, text);
  return file;
}

async function publish(broker: Broker, topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(TIMEOUT));
  await sink.publish(topic, messages);
  await sink.close();
}

/** Every message of a topic as JSON, until there are enough different ones by `idOf`, and what else is there by then. */
async function readAll<T>(
  broker: Broker,
  topic: string,
  enough: (values: readonly T[]) => boolean,
  explain: () => string,
): Promise<T[]> {
  const stop = AbortSignal.timeout(TIMEOUT);
  const source = broker.createSource({
    topic,
    // On Pub/Sub a reader of its own would only see what comes from now on.
    group: topic === 'events' ? 'readers' : null,
    subscription: `${topic}-sub`,
    from: 'earliest',
    maxInFlight: 100_000,
    maxInFlightBytes: 1 << 30,
  });
  const values: T[] = [];
  try {
    await source.open(stop);
    while (!enough(values)) {
      if (stop.aborted) throw new Error(`${topic} has ${values.length} messages only:\n${explain()}`);
      const found = await source.receive(1_000, stop);
      values.push(...found.map(({ value }) => JSON.parse(String(value)) as T));
      source.settle(found);
    }
  } finally {
    await source.close();
  }
  return values;
}

interface PublishedEvent extends StoredEvent {
  readonly number?: number;
  readonly images: StoredEvent['images'] & Record<string, string>;
}

function expectOneOfEach(published: readonly PublishedEvent[]): void {
  expect(published.flatMap((event) => mistakesIn('event', event) ?? [])).toEqual([]);
  // The model here finds no objects.
  const kinds = RULE_KINDS.filter((kind) => kind !== 'objects');
  expect(published.map(({ kind }) => kind).sort()).toEqual(kinds.sort());
  for (const { kind, images: made, description } of published) {
    expect(description.length).toBeGreaterThan(10);
    expect(Object.keys(made).sort()).toEqual(
      kind === 'dead-letters' ? [] : ['enlarged', 'image', 'occlusion'],
    );
  }
}

const atLeast =
  (count: number) =>
  (values: readonly { readonly id: string }[]): boolean =>
    new Set(values.map(({ id }) => id)).size >= count;

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'rules on Kafka', () => {
  let kafka: KafkaServer;
  let broker: Broker;
  const home = () => mkdtempSync(join(tmpdir(), 'stream-infer-home-'));
  const running: Cli[] = [];
  const hooks: Hook[] = [];

  beforeAll(async () => {
    kafka = await KafkaServer.create();
    const properties = { 'bootstrap.servers': kafka.bootstrapServers };
    broker = createKafkaBroker({ properties, embedded: false }, silentContext('events-test'));
  }, 240_000);
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop('SIGKILL')));
    await Promise.all(hooks.splice(0).map((hook) => hook.close()));
  });
  afterAll(async () => {
    await broker.close();
    await kafka.close();
  });

  async function createTopics(name: string): Promise<void> {
    const admin = broker.createAdmin();
    const topics = ['in', 'out', 'dlq', 'events', 'alerts'].map((one) => ({
      topic: `${name}-${one}`,
      partitions: 1,
    }));
    await admin.createTopics(topics);
    await admin.close();
  }

  function start(name: string, rules: string, folder: string, flags: readonly string[] = []): Cli {
    const file = configFile(`output: { events: ${name}-events, alerts: ${name}-alerts }\n${rules}`);
    const topics = [
      '--input-topic',
      `${name}-in`,
      '--output-topic',
      `${name}-out`,
      '--dlq-topic',
      `${name}-dlq`,
    ];
    const where = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--group', name];
    const one = new Cli(['run', '-c', file, ...where, ...topics, '--port', '0', ...flags], {
      XDG_DATA_HOME: folder,
    });
    running.push(one);
    return one;
  }

  async function ready(one: Cli): Promise<Cli> {
    await until(
      () => one.stderr.includes(' on http'),
      TIMEOUT,
      () => one.stderr,
    );
    return await one.ready(TIMEOUT);
  }

  it('fire for each kind, and alerts are published with images, posted, shown and acknowledged', async () => {
    const hook = await startHook();
    hooks.push(hook);
    await createTopics('each');
    await publish(broker, 'each-in', mixture());
    const webhook = `webhook: { url: "${hook.url}", secret: sixteen characters, allowPrivateNetwork: true }\n`;
    const one = await ready(start('each', ONE_OF_EACH + webhook, home()));
    const alerts = await readAll<PublishedEvent>(broker, 'each-alerts', atLeast(6), () => one.stderr);
    expect(alerts.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(alerts.flatMap((alert) => mistakesIn('alert', alert) ?? [])).toEqual([]);
    expectOneOfEach(await readAll<PublishedEvent>(broker, 'each-events', atLeast(6), () => one.stderr));
    const metrics = await (await fetch(`${one.url}/metrics`)).text();
    expect(metrics.match(/^stream_infer_alerts_total\{rule="\w+"\} 1$/gm)).toHaveLength(6);
    await until(
      () => hook.numbers.size === 6,
      TIMEOUT,
      () => one.stderr,
    );

    const flags = ['--url', one.url];
    const bags = alerts.find(({ kind }) => kind === 'label')!.number!;
    const shown = await cli(['alerts', 'show', String(bags), ...flags]);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/info alert \d: Bag with (9\d|100)[\s\S]*rule +bags \(label\)[\s\S]*[#%@]/);
    expect((await cli(['alerts', 'ack', String(bags), '--by', 'Ada', ...flags])).stdout).toMatch(/by Ada/);
    const open = await cli(['alerts', 'list', '--open', ...flags]);
    const [headings, ...rows] = open.stdout.trim().split('\n');
    expect(headings).toMatch(/^number +time/);
    expect(rows).toHaveLength(5);
    expect(await cli(['alerts', 'show', '99', ...flags])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error NOT_FOUND: Alert 99 is not stored') as string,
    });
    expect((await one.stop()).code).toBe(0);
  });

  it.each(['at-least-once', 'exactly-once'])(
    'lose and duplicate no alert when the process is killed (%s)',
    async (delivery) => {
      const name = `kill-${delivery}`;
      const folder = home();
      const flags = ['--delivery', delivery, '--max-batch', '8', '--max-in-flight', '64', '--workers', '1'];
      await createTopics(name);
      await publish(
        broker,
        `${name}-in`,
        Array.from({ length: 3_000 }, (_, i) => imageMessage(i)),
      );
      let seen = 0;
      for (let kill = 0; kill < 3; kill++) {
        const one = await ready(start(name, EACH_BAG, folder, flags));
        const before = seen;
        await until(
          async () => {
            const { alerts } = await one.json<{ alerts: StoredEvent[] }>('/api/v1/alerts?limit=1');
            seen = alerts[0]?.alert ?? 0;
            return seen > before || one.child.exitCode !== null;
          },
          TIMEOUT,
          () => one.stderr,
        );
        await one.stop('SIGKILL');
      }
      const last = await ready(start(name, EACH_BAG, folder, flags));
      const predictions = await readAll<Prediction>(broker, `${name}-out`, atLeast(3_000), () => last.stderr);
      const bags = new Set(
        predictions.filter(({ label, confidence }) => label === 8 && confidence >= 0.9).map(({ id }) => id),
      );
      const raised = await readAll<PublishedEvent>(
        broker,
        `${name}-alerts`,
        atLeast(bags.size),
        () => last.stderr,
      );
      // A kill may cause a duplicate message, with the same alert number.
      const byId = new Map(raised.map((alert) => [alert.id, alert]));
      expect([...byId.values()].map(({ prediction }) => prediction?.id).sort()).toEqual([...bags].sort());
      const numbers = [...byId.values()].map(({ number }) => number ?? 0).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: bags.size }, (_, i) => i + 1));
      await until(
        async () => {
          const { alerts } = await last.json<{ alerts: StoredEvent[] }>('/api/v1/alerts?limit=500');
          return new Set(alerts.map(({ alert }) => alert)).size === bags.size && alerts.length === bags.size;
        },
        TIMEOUT,
        () => last.stderr,
      );
      expect((await last.stop()).code).toBe(0);
    },
  );

  it('detect drift and its cause when the images change, and none before', async () => {
    const name = 'drift';
    await createTopics(name);
    const one = await ready(start(name, DRIFT, home(), ['--workers', '1']));
    const alertsNow = async () => (await one.json<{ alerts: StoredEvent[] }>('/api/v1/alerts')).alerts;
    /** Publishes images and waits until they are measured, `blocks` in all; each block is of 500. */
    const measure = async (images: readonly number[], change: (pixel: number) => number, blocks: number) => {
      const messages = images.map((index) => {
        const message = imageMessage(index);
        return { ...message, value: message.value && Buffer.from(message.value.map(change)) };
      });
      await publish(broker, `${name}-in`, messages);
      await until(
        async () => (await one.json<DriftAnswer>('/api/v1/drift')).history.length === blocks,
        TIMEOUT,
        () => one.stderr,
      );
    };
    const indices = Array.from({ length: 4_000 }, (_, i) => i);
    await measure(indices, (pixel) => pixel, 8);
    await measure(indices.slice(0, 500), (pixel) => pixel / 2, 9);
    await measure(indices.slice(0, 500), (pixel) => 255 - pixel, 10);
    const published = await readAll<PublishedEvent>(broker, `${name}-alerts`, atLeast(2), () => one.stderr);
    await measure(indices.slice(4_000 - 500), (pixel) => pixel, 11);
    expect(published.flatMap((alert) => mistakesIn('alert', alert) ?? [])).toEqual([]);
    expect(published.map(({ kind, drift }) => [kind, drift?.measure])).toEqual([
      ['drift', 'contrast'],
      ['drift', 'brightness'],
    ]);
    expect(published.map(({ description }) => description)).toEqual([
      expect.stringMatching(/contrast/i) as string,
      expect.stringMatching(/brighter or darker/) as string,
    ]);
    const darkened = published[0]?.drift?.measures.filter(({ index, limit }) => index > limit);
    expect(darkened?.map(({ measure: what }) => what)).toEqual(
      expect.arrayContaining(['brightness', 'contrast']),
    );
    const events = await readAll<PublishedEvent>(broker, `${name}-events`, atLeast(2), () => one.stderr);
    expect(events.flatMap((event) => mistakesIn('event', event) ?? [])).toEqual([]);
    await until(
      async () => (await alertsNow()).length === 2,
      TIMEOUT,
      () => one.stderr,
    );
    expect((await one.stop()).code).toBe(0);
  });

  it('do not affect the stream when their topics are missing', async () => {
    const name = 'missing';
    const admin = broker.createAdmin();
    await admin.createTopics(['in', 'out', 'dlq'].map((one) => ({ topic: `${name}-${one}`, partitions: 1 })));
    await admin.close();
    await publish(
      broker,
      `${name}-in`,
      Array.from({ length: 500 }, (_, i) => imageMessage(i)),
    );
    const one = await ready(start(name, EACH_BAG, home()));
    await readAll<Prediction>(broker, `${name}-out`, atLeast(500), () => one.stderr);
    await until(
      async () => (await one.json<{ alerts: unknown[] }>('/api/v1/alerts')).alerts.length > 10,
      TIMEOUT,
      () => one.stderr,
    );
    expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
    expect((await one.stop()).code).toBe(0);
  });
});

describeWith(['go', 'dataset'], 'rules on Pub/Sub', () => {
  const fake = new PubsubFake();
  let broker: Broker;

  beforeAll(async () => {
    await fake.start();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    broker = createPubsubBroker({ project: PROJECT }, silentContext('events-test'));
  }, BUILD_TIME);
  afterAll(async () => {
    await broker.close();
    delete process.env['PUBSUB_EMULATOR_HOST'];
    await fake.kill();
  });

  it('fire once for each kind despite a kill', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-infer-home-'));
    const flags = [
      'run',
      '-c',
      configFile(ONE_OF_EACH),
      '--broker',
      'pubsub',
      '--project',
      PROJECT,
      '--port',
      '0',
    ];
    const env = { PUBSUB_EMULATOR_HOST: fake.address, XDG_DATA_HOME: folder };
    const first = new Cli(flags, env);
    await until(
      () => first.stderr.includes(' on http'),
      TIMEOUT,
      () => first.stderr,
    );
    await first.ready(TIMEOUT);
    await publish(broker, 'images', mixture());
    const numbers = async () =>
      (await fake.messages(PROJECT, 'alerts')).map(({ attributes }) => Number(attributes?.['alert']));
    await until(
      async () => (await numbers()).length > 0,
      TIMEOUT,
      () => first.stderr,
    );
    await first.stop('SIGKILL');
    const second = new Cli(flags, env);
    await until(
      () => second.stderr.includes(' on http'),
      TIMEOUT,
      () => second.stderr,
    );
    await until(
      async () => new Set(await numbers()).size >= 6,
      TIMEOUT,
      () => second.stderr,
    );
    const published = await readAll<PublishedEvent>(broker, 'events', atLeast(6), () => second.stderr);
    expectOneOfEach([...new Map(published.map((event) => [event.id, event])).values()]);
    expect([...new Set(await numbers())].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await second.stop()).code).toBe(0);
  });
});

it('is rejected at the start with the line of a rule that cannot fire', async () => {
  const file = configFile(
    'alerts:\n  - { name: a, kind: wrong }\n  - { name: b, kind: label, labels: [Hat] }\n',
  );
  const { code, stderr } = await cli(['run', '-c', file, '--port', '0']);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /error CONFIG_INVALID: .*\n +alerts\.1\.labels\.0: there is no such class.*line 3\)/,
  );
});

interface Hook {
  readonly url: string;
  readonly numbers: ReadonlySet<number>;
  close(): Promise<void>;
}

/** A webhook receiver that fails the first request. */
async function startHook(): Promise<Hook> {
  const numbers = new Set<number>();
  let posts = 0;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const failing = posts++ === 0;
      if (!failing) numbers.add((JSON.parse(body) as { number: number }).number);
      response.writeHead(failing ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    numbers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
