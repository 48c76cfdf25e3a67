/** Traces over real brokers: from the publisher's span to the linked batch and the prediction. */
import { PubSub } from '@google-cloud/pubsub';
import { context, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import { headerText, type Delivery } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until } from '../helpers/cli';
import { Collector, type CollectedSpan } from '../helpers/collector';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

const TIMEOUT = 120_000;
jest.setTimeout(3 * TIMEOUT);

const KIND = { client: 3, producer: 4, consumer: 5 };
const ERROR = 2;
/** A span of a foreign process. */
const FOREIGN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const foreign = `00-${FOREIGN.traceId}-${FOREIGN.spanId}-01`;

let collector: Collector;
const running: Cli[] = [];
beforeEach(async () => (collector = await Collector.start()));
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop('SIGKILL')));
  await collector.close();
});

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Cli {
  const one = new Cli(args, { ...collector.env, ...env });
  running.push(one);
  return one;
}

/** Messages of a topic until there are so many. */
async function read(
  broker: Broker,
  topic: string,
  count: number,
  subscription?: string,
): Promise<Delivery[]> {
  const signal = AbortSignal.timeout(TIMEOUT);
  const source = broker.createSource({
    topic,
    group: subscription === undefined ? null : 'readers',
    ...(subscription !== undefined && { subscription }),
    from: 'earliest',
    maxInFlight: 10_000,
    maxInFlightBytes: 1 << 26,
  });
  const found: Delivery[] = [];
  try {
    await source.open(signal);
    while (found.length < count) {
      if (signal.aborted) throw new Error(`${topic} has ${found.length} messages only`);
      const deliveries = await source.receive(1_000, signal);
      source.settle(deliveries);
      found.push(...deliveries);
    }
  } finally {
    await source.close();
  }
  return found;
}

const carried = ({ headers }: Delivery) => headerText(headers, 'traceparent') ?? 'none';
const traceparentOf = ({ traceId, spanId }: CollectedSpan) => `00-${traceId}-${spanId}-01`;
const messagesIn = (spans: readonly CollectedSpan[]) =>
  spans.reduce((sum, { attributes }) => sum + Number(attributes['messaging.batch.message_count']), 0);
/** Messages of the batches that link to one of these spans. */
function linked(
  batches: readonly CollectedSpan[],
  to: readonly { traceId: string; spanId: string }[],
): number {
  const links = batches.flatMap((batch) => batch.links);
  return links
    .filter((link) => to.some(({ traceId, spanId }) => link.traceId === traceId && link.spanId === spanId))
    .reduce((sum, { messages }) => sum + messages, 0);
}

/** What is true of the spans of any run, whatever its broker. */
function expectWholeBatches(input: string): CollectedSpan[] {
  const batches = collector.named(`process ${input}`);
  const byId = new Map(batches.map((batch) => [batch.spanId, batch]));
  for (const batch of batches) expect(batch).toMatchObject({ kind: KIND.consumer, parentSpanId: '' });
  const inside = collector.spans.filter(({ parentSpanId }) => parentSpanId !== '');
  for (const child of inside) {
    const batch = byId.get(child.parentSpanId) as CollectedSpan;
    expect(batch.traceId).toBe(child.traceId);
    expect(child.start).toBeGreaterThanOrEqual(batch.start - 1);
    expect(child.end).toBeLessThanOrEqual(batch.end + 1);
  }
  expect(inside.filter(({ kind }) => kind === KIND.client)).toHaveLength(batches.length);
  // A batch that was refused before it came to a worker has none.
  const failed = batches.filter(({ status }) => status === ERROR).length;
  const classified = collector.named('classify').length;
  expect(classified).toBeGreaterThanOrEqual(batches.length - failed);
  return batches;
}

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'traces over Kafka', () => {
  let kafka: KafkaServer;
  let broker: Broker;
  let flags: string[];

  beforeAll(async () => {
    kafka = await KafkaServer.create();
    const properties = { 'bootstrap.servers': kafka.bootstrapServers };
    broker = createKafkaBroker({ properties, embedded: false }, silentContext('tracing-test'));
    flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--create-topics'];
  }, 240_000);
  afterAll(async () => {
    await broker.close();
    await kafka.close();
  });

  it.each(['at-least-once', 'exactly-once'])(
    'lead from the publisher to the batches and the predictions, %s',
    async (delivery) => {
      const [input, output, dlq] = [`images-${delivery}`, `predictions-${delivery}`, `letters-${delivery}`];
      const topics = ['--input-topic', input, '--output-topic', output, '--dlq-topic', dlq];
      // In a group of its own: members of another test count until their sessions are over.
      const group = ['--group', delivery];
      const published = await cli(['publish', ...flags, ...topics, '--end', '300'], {
        ...collector.env,
        OTEL_SERVICE_NAME: 'shop',
      });
      expect(published).toMatchObject({ code: 0, stderr: '' });
      const sink = broker.createSink();
      await sink.open(AbortSignal.timeout(TIMEOUT));
      const image = testImages().subarray(0, 784);
      const message = (value: Buffer, traceparent?: string) => ({
        key: null,
        value,
        headers: traceparent === undefined ? [] : ([['traceparent', traceparent]] as const),
      });
      await sink.publish(input, [
        message(image, foreign),
        message(image),
        message(image, 'nonsense'),
        message(Buffer.from('no image'), foreign),
      ]);
      await sink.close();

      const ran = await start(
        [
          'run',
          ...flags,
          ...topics,
          ...group,
          '--no-http',
          '--store',
          'none',
          '--limit',
          '304',
          '--delivery',
          delivery,
        ],
        { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' },
      ).finished;
      expect(ran).toMatchObject({ code: 0 });

      const producers = collector.named(`send ${input}`);
      expect(producers[0]).toMatchObject({ kind: KIND.producer, resource: { 'service.name': 'shop' } });
      expect(messagesIn(producers)).toBe(300);
      const batches = expectWholeBatches(input);
      expect(batches[0]?.resource).toMatchObject({
        'service.name': 'stream-infer',
        'deployment.environment.name': 'test',
      });
      expect(batches[0]?.attributes).toMatchObject({
        'messaging.system': 'kafka',
        'messaging.consumer.group.name': delivery,
      });
      expect([messagesIn(batches), linked(batches, producers), linked(batches, [FOREIGN])]).toEqual([
        304, 300, 2,
      ]);

      const failed = batches.filter(({ status }) => status === ERROR);
      expect(failed).toHaveLength(1);
      expect(failed[0]?.events[0]).toMatchObject({ name: 'dead letter', 'error.type': 'NOT_AN_IMAGE' });

      const predictions = await read(broker, output, 303);
      const origins = new Set([...producers, ...batches].map(traceparentOf));
      expect(predictions.map(carried).filter((value) => !origins.has(value))).toEqual([foreign]);
      const inherited = new Set(batches.map(traceparentOf));
      expect(predictions.map(carried).filter((value) => inherited.has(value))).toHaveLength(2);
      expect((await read(broker, dlq, 1)).map(carried)).toEqual([foreign]);
    },
  );

  it('are dropped without effect while there is no collector, and this is logged once', async () => {
    const gone = collector.env;
    await collector.close();
    const topics = ['--input-topic', 'away', '--output-topic', 'away-out'];
    await cli(['publish', ...flags, ...topics, '--end', '200'], gone);
    const ran = await start(
      ['run', ...flags, ...topics, '--group', 'away', '--no-http', '--store', 'none', '--limit', '200'],
      gone,
    ).finished;
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr.match(/spans cannot be sent/g)).toHaveLength(1);
    expect(await read(broker, 'away-out', 200)).toHaveLength(200);
    collector = await Collector.start();
  });
});

describeWith(['go', 'dataset'], 'traces over Pub/Sub', () => {
  const PROJECT = 'stream-infer-tracing';
  const fake = new PubsubFake();
  const flags = ['--broker', 'pubsub', '--project', PROJECT];
  let before: string | undefined;

  beforeAll(async () => {
    await fake.start();
    before = process.env['PUBSUB_EMULATOR_HOST'];
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
  }, BUILD_TIME);
  afterAll(async () => {
    if (before === undefined) delete process.env['PUBSUB_EMULATOR_HOST'];
    else process.env['PUBSUB_EMULATOR_HOST'] = before;
    trace.disable();
    await fake.kill();
  });

  it("lead from the program's publisher and Google's client to the batches and the predictions", async () => {
    const one = await start([...flags, '--port', '0', '--store', 'none']).ready(TIMEOUT);
    expect(await cli(['publish', ...flags, '--end', '40'], collector.env)).toMatchObject({ code: 0 });
    const google = await publishTraced(PROJECT, testImages().subarray(0, 784));

    const broker = createPubsubBroker({ project: PROJECT }, silentContext('tracing-test'));
    const predictions = await read(broker, 'predictions', 41, 'prediction-receiver');
    await broker.close();
    expect((await one.stop()).code).toBe(0);

    const producers = collector.named('send images');
    const batches = expectWholeBatches('images');
    expect(batches[0]?.attributes).toMatchObject({
      'messaging.system': 'gcp_pubsub',
      'messaging.destination.subscription.name': 'images-sub',
    });
    expect(linked(batches, producers)).toBeGreaterThanOrEqual(40);
    expect(linked(batches, [google])).toBeGreaterThanOrEqual(1);
    const origins = new Set(producers.map(traceparentOf));
    const others = new Set(predictions.map(carried).filter((value) => !origins.has(value)));
    expect([...others]).toEqual([`00-${google.traceId}-${google.spanId}-01`]);
  });
});

/** With Google's client and its own tracing; returns the span that it sends along. */
async function publishTraced(
  project: string,
  data: Buffer,
): Promise<{ readonly traceId: string; readonly spanId: string }> {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  const client = new PubSub({
    projectId: project,
    enableOpenTelemetryTracing: true,
    clientOptions: { universeDomain: 'googleapis.com' },
  });
  await context.with(context.active(), () => client.topic('images').publishMessage({ data }));
  await client.close();
  const created = exporter.getFinishedSpans().find(({ name }) => name.endsWith('create'));
  if (created === undefined) throw new Error("Google's client has made no span");
  return created.spanContext();
}

describe('traces with the memory broker', () => {
  it('include the demo publisher and the batches of one process', async () => {
    const one = await start(['--rate', '100', '--port', '0', '--store', 'none']).ready(TIMEOUT);
    await until(
      () => linked(collector.named('process images'), collector.named('send images')) > 20,
      TIMEOUT,
      () => one.stderr,
    );
    expect((await one.stop()).code).toBe(0);
    expectWholeBatches('images');
    expect(one.stderr).toMatch(/tracing is on/);
  });
});

it('OpenTelemetry is not loaded without its variables', () => {
  const dist = (file: string) => JSON.stringify(resolve(__dirname, '../../dist', file));
  const script = `
    const { startTracing } = require(${dist('telemetry/tracing/start-tracing.js')});
    require(${dist('processor/processor.js')});
    startTracing({ env: {}, log: null, version: '', instanceId: '' }).then(() => {
      const loaded = Object.keys(require.cache).filter((file) => /opentelemetry.(sdk|core|exporter|resources)/.test(file));
      console.log(JSON.stringify(loaded));
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect([stdout.trim(), stderr]).toEqual(['[]', '']);
});
