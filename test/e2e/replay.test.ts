/** Another model version classifies a past range of a real Kafka topic. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createBroker } from '../../src/brokers/registry';
import type { Broker } from '../../src/core/ports';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until, type Finished } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

jest.setTimeout(600_000);

/** Otherwise Kafka would wait for the member of the run before. */
const INSTANCE = { STREAM_INFER_INSTANCE_ID: 'replay-e2e' };
const IMAGES = 400;
/** The first half is an hour older than the second, and none is so old that Kafka would delete it. */
const OLD = Date.now() - 2 * 3_600_000;
const NEW = OLD + 3_600_000;

interface Report {
  readonly finished: boolean;
  readonly predictions: number;
  readonly deadLetters: number;
  readonly range: { readonly partitions: readonly { from: number; to: number; known: number }[] };
  readonly comparison: {
    readonly compared: number;
    readonly agreeing: number;
    readonly earlier: { readonly models: readonly { version: number; precision: string }[] };
    readonly replayed: { readonly models: readonly { version: number; precision: string }[] };
  } | null;
}

/** A copy of the shipped model as version 2. */
function secondVersion(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-model-'));
  cpSync(resolve(__dirname, '../../models/fashion-mnist/1'), folder, { recursive: true });
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { version: number };
  manifest.version = 2;
  writeFileSync(file, JSON.stringify(manifest));
  return folder;
}

describeWith(['java', 'maven', 'kafka-addon'], 'replay on Kafka', () => {
  const model = secondVersion();
  let kafka: KafkaServer;
  let broker: Broker;
  let flags: string[];

  beforeAll(async () => {
    kafka = await KafkaServer.create();
    const properties = { 'bootstrap.servers': kafka.bootstrapServers };
    const memory = { partitions: 1, retention: 1, redeliverAfterMs: 1_000 };
    const settings = { kafka: { properties, embedded: false }, pubsub: {}, memory };
    broker = await createBroker('kafka', settings, silentContext('replay'));
    flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    await publishImages();
    const run = ['run', ...flags, '--create-topics', '--no-http', '--precision', 'fp32'];
    expect(await cli([...run, '--limit', String(IMAGES)], INSTANCE)).toMatchObject({ code: 0 });
  }, 600_000);
  afterAll(async () => {
    await broker.close();
    await kafka.close();
  });

  async function publishImages(): Promise<void> {
    const admin = broker.createAdmin();
    await admin.createTopics([{ topic: 'images', partitions: 2 }]);
    await admin.close();
    const pixels = testImages();
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(60_000));
    await sink.publish(
      'images',
      Array.from({ length: IMAGES }, (_, i) => ({
        key: String(i),
        value: Buffer.from(pixels.subarray((i % 16) * 784, (i % 16) * 784 + 784)),
        headers: [],
        timestamp: i < IMAGES / 2 ? OLD : NEW,
      })),
    );
    await sink.close();
  }

  function replay(...more: string[]): Promise<Finished> {
    return cli(['replay', ...flags, '--model', model, '--workers', '1', ...more]);
  }

  async function report(...more: string[]): Promise<Report> {
    const { code, stdout, stderr } = await replay(...more, '--json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return JSON.parse(stdout) as Report;
  }

  it('reads by time and compares with the published predictions', async () => {
    const found = await report('--from', '3h', '--to', new Date(NEW - 60_000).toISOString());
    expect(found).toMatchObject({
      finished: true,
      predictions: IMAGES / 2,
      deadLetters: 0,
      comparison: {
        compared: IMAGES / 2,
        agreeing: IMAGES / 2,
        earlier: { models: [{ version: 1, precision: 'fp32' }] },
        replayed: { models: [{ version: 2, precision: expect.stringMatching(/^(fp32|int8)$/) as string }] },
      },
    });
  });

  it('reads by offset, prints text, and recognises a finished range', async () => {
    const range = ['--from', '0:10,1:20', '--to', '0:15,1:40', '--side-topic', 'by-offset'];
    const { code, stdout } = await replay(...range);
    expect(code).toBe(0);
    expect(stdout).toContain('25 predictions in by-offset');
    expect(stdout).toContain('the same class in 25 of 25 (100.00 %)');
    expect(stdout).toMatch(/model +fashion-mnist@1 +fashion-mnist@2/);
    expect(await report(...range)).toMatchObject({
      predictions: 0,
      range: {
        partitions: [
          { from: 10, to: 15, known: 5 },
          { from: 20, to: 40, known: 20 },
        ],
      },
      comparison: { compared: 25 },
    });
  });

  it('finishes its messages in flight on SIGTERM, and resumes later', async () => {
    const range = ['--from', 'earliest', '--to', '100', '--side-topic', 'stopped', '--max-batch', '1'];
    const child = new Cli(
      ['replay', ...flags, '--model', model, '--workers', '1', ...range, '--json'],
      // One image at a time, each only when the one before is out: slow enough to be stopped in between.
      { STREAM_INFER_INFERENCE_MAX_IN_FLIGHT: '1' },
    );
    const side = broker.createSource({
      topic: 'stopped',
      group: null,
      from: 'earliest',
      maxInFlight: 1_000,
      maxInFlightBytes: 1 << 26,
    });
    await until(
      () => child.stderr.includes('replaying'),
      120_000,
      () => child.stderr,
    );
    await side.open(AbortSignal.timeout(60_000));
    let seen = 0;
    await until(
      async () => (seen += (await side.receive(100, AbortSignal.timeout(1_000))).length) > 5,
      120_000,
      () => child.stderr,
    );
    const { code, stdout, stderr } = await child.stop('SIGTERM');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const first = JSON.parse(stdout) as Report;
    const rest = await report(...range);
    expect(first.predictions + rest.predictions).toBe(200);
    expect(rest).toMatchObject({ finished: true, comparison: { compared: 200, agreeing: 200 } });
    // On a fast machine the signal may come when everything is done.
    if (first.predictions < 200)
      expect(stderr).toMatch(/stopped after \d+ of 200 messages; run the same command/);
    await side.close();
  });

  it('does not affect the position of the running group', async () => {
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(60_000));
    const value = Buffer.from(testImages().subarray(0, 784));
    await sink.publish('images', [{ key: null, value, headers: [['id', 'new']] }]);
    await sink.close();
    const run = ['run', ...flags, '--no-http', '--limit', '1', '--print', '--json'];
    const { code, stdout } = await cli(run, INSTANCE);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'new' });
  });

  it.each([
    [['--from', '5000'], /images contains no message from 5000 to latest.*partition 0 from 0 to \d+/],
    [['--from', '7:0'], /images has no partition 7/],
    [['--from', '100', '--to', '50'], /images contains no message from 100 to 50/],
    [['--from', 'yesterday'], /It must be a time/],
    [['--to', '5'], /--from is required/],
    [['--from', '0', '--side-topic', 'predictions'], /never writes to predictions/],
    [['--from', '0', '--input-topic', 'nowhere'], /nowhere does not exist/],
  ])('reports the problem of %p', async (range, message) => {
    const { code, stderr } = await replay(...range);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});
