/** The bad-input catalogue in the real program: each input has the outcome in the catalogue, and none is lost. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { toKafkaError } from '../../src/brokers/kafka/errors';
import { createProducer } from '../../src/brokers/kafka/native';
import { createBroker } from '../../src/brokers/registry';
import { headerText, type BrokerKind, type Delivery, type Header } from '../../src/core/message';
import type { Broker, SourceOptions } from '../../src/core/ports';
import { badInputCatalogue, badSurroundings, type Expectation } from '../fixtures/bad-input';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { sourceIdOf } from '../helpers/source-id';

jest.setTimeout(300_000);

const LARGE_INPUTS = 32 * 1024 * 1024;
const CUT = 64 * 1024;
const MAX_RSS = 1.2e9;
/** Timeout for all outcomes of one test, ms. */
const PATIENCE = 120_000;

/** One input message. */
interface Input {
  readonly name: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  readonly expected: readonly Expectation[];
}

/** One topic that is written by the program, and how it is read. */
type Reading = Pick<SourceOptions, 'topic' | 'group' | 'subscription'>;

interface Outcomes {
  readonly predictions: readonly Delivery[];
  readonly letters: readonly Delivery[];
}

const started: Cli[] = [];
afterEach(async () => {
  for (const running of started.splice(0)) await running.stop('SIGKILL');
});

async function startProgram(flags: readonly string[], env: NodeJS.ProcessEnv): Promise<Cli> {
  const running = new Cli(flags, env);
  started.push(running);
  return await running.ready();
}

const images = testImages();
let taken = 0;

/** All values differ, so that a value identifies its input. */
function image(): Buffer {
  const start = 784 * taken++;
  return Buffer.from(images.subarray(start, start + 784));
}

function good(name: string, headers: readonly Header[] = [], key: Buffer | null = null): Input {
  return { name, key, value: image(), headers, expected: ['prediction'] };
}

function bad(name: string, value: Buffer, expected: Expectation, headers: readonly Header[] = []): Input {
  return { name, key: Buffer.from(`key of ${name}`), value, headers, expected: [expected] };
}

/** A valid image follows each case, which must not affect it. */
function interleaved(inputs: readonly Input[]): Input[] {
  return inputs.flatMap((input, i) => [input, good(`image ${i}`)]);
}

function catalogue(): Input[] {
  const values = badInputCatalogue().map(({ row, name, bytes, contentType, expected }): Input => ({
    name: `${row} ${name}`,
    key: Buffer.from(`key ${row}`),
    value: bytes,
    headers: [['note', name], ...(contentType === undefined ? [] : [['content-type', contentType] as const])],
    expected: [expected].flat(),
  }));
  const surroundings = badSurroundings().map(({ row, name, key, headers }) =>
    good(`${row} ${name}`, headers, key),
  );
  return interleaved([...values, ...surroundings]);
}

/** The number is in the header `n`, before the other headers, which brokers may drop. */
async function publish(broker: Broker, topic: string, inputs: readonly Input[]): Promise<Map<string, Input>> {
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(30_000));
  const refused = await sink.publish(
    topic,
    inputs.map(({ key, value, headers }, n) => ({
      key,
      value: value ?? Buffer.alloc(0),
      headers: [['n', String(n)] as const, ...headers],
    })),
  );
  await sink.close();
  const sent = new Map(inputs.map((input, n) => [String(n), input]));
  for (const { index } of refused) sent.delete(String(index));
  return sent;
}

/** Reads both topics until each of `count` inputs has an outcome. Skips duplicates. */
async function outcomes(
  broker: Broker,
  readings: { output: Reading; dlq: Reading },
  count: number,
): Promise<Outcomes> {
  const seen = new Set<string>();
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(PATIENCE)]);
  const follow = async (reading: Reading): Promise<Delivery[]> => {
    const limits = { maxInFlight: 10_000, maxInFlightBytes: 1 << 30, from: 'earliest' } as const;
    const source = broker.createSource({ ...reading, ...limits });
    const found: Delivery[] = [];
    await source.open(signal);
    while (!signal.aborted) {
      for (const delivery of await source.receive(500, signal)) {
        const id = sourceIdOf(delivery);
        if (!seen.has(id)) found.push(delivery);
        seen.add(id);
        source.settle([delivery]);
      }
      if (seen.size >= count) done.abort();
    }
    await source.close();
    return found;
  };
  const [predictions, letters] = await Promise.all([follow(readings.output), follow(readings.dlq)]);
  return { predictions, letters };
}

function header(delivery: Delivery, name: string): string {
  return headerText(delivery.headers, name) ?? '';
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The number of the input; a dead letter without payload has only the digest of the value. */
function numberOf(delivery: Delivery, sent: ReadonlyMap<string, Input>): string | undefined {
  const n = headerText(delivery.headers, 'n');
  if (n !== undefined) return n;
  // Pub/Sub carries a hundred attributes, in no order: of a thousand headers the number may be among those cut off.
  if (hasNumberedHeaders(delivery)) return [...sent].find(([, input]) => hasNumberedHeaders(input))?.[0];
  const digest = header(delivery, 'value-sha256');
  return [...sent].find(([, { value }]) => value !== null && sha256(value) === digest)?.[0];
}

function hasNumberedHeaders({ headers }: { readonly headers: Delivery['headers'] }): boolean {
  return headers.some(([name]) => /^h\d+$/.test(name));
}

/** The outcome of each input by number: `prediction` or the code of its dead letter. */
function fates(sent: ReadonlyMap<string, Input>, { predictions, letters }: Outcomes): Map<string, string> {
  const fate = new Map<string, string>();
  for (const prediction of predictions) fate.set(numberOf(prediction, sent) ?? '?', 'prediction');
  for (const letter of letters) fate.set(numberOf(letter, sent) ?? '?', header(letter, 'error-code'));
  return fate;
}

function expectTheCatalogueKept(sent: ReadonlyMap<string, Input>, found: Outcomes): void {
  const fate = fates(sent, found);
  const wrong = [...sent].flatMap(([n, { name, expected }]) => {
    const got = fate.get(n) ?? 'nothing';
    return (expected as readonly string[]).includes(got)
      ? []
      : [`${name}: ${got} instead of ${expected.join(' or ')}`];
  });
  expect(wrong).toEqual([]);
  const ids = new Set([...found.predictions, ...found.letters].map(sourceIdOf));
  expect(ids.size).toBe(sent.size);
  expect(found.predictions.length + found.letters.length).toBe(sent.size);
}

/** Names of the inputs with a truncated value in the dead letter; all others have the whole value. */
function cutLetters(sent: ReadonlyMap<string, Input>, letters: readonly Delivery[]): string[] {
  return letters.flatMap((letter) => {
    const { name, key, value, headers } = sent.get(numberOf(letter, sent) ?? '') as Input;
    const original = value ?? Buffer.alloc(0);
    if (headerText(letter.headers, 'value-length') === undefined) {
      expect({ name, same: original.equals(letter.value ?? Buffer.alloc(0)) }).toEqual({ name, same: true });
      expect({ name, key: letter.key }).toEqual({ name, key });
      for (const [header, wanted] of headers) {
        const kept = letter.headers.some(([n, v]) => n === header && String(v) === String(wanted));
        expect({ name, header, kept }).toEqual({ name, header, kept: true });
      }
      return [];
    }
    expect(header(letter, 'value-length')).toBe(String(original.length));
    expect(header(letter, 'value-sha256')).toBe(sha256(original));
    expect(original.subarray(0, CUT).equals(letter.value ?? Buffer.alloc(0))).toBe(true);
    return [name];
  });
}

/** Peak memory of the process, bytes; 0 if unknown. */
function peakRss({ child }: Cli): number {
  const file = `/proc/${child.pid}/status`;
  if (!existsSync(file)) return 0;
  return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1]);
}

async function expectHealthy(running: Cli): Promise<void> {
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  expect(peakRss(running)).toBeLessThan(MAX_RSS);
}

function openBroker(kind: BrokerKind, properties: Record<string, string> = {}): Promise<Broker> {
  const memory = { partitions: 1, retention: 1, redeliverAfterMs: 1_000 };
  const settings = { kafka: { properties, embedded: false }, pubsub: { project: PROJECT }, memory };
  return createBroker(kind, settings, silentContext('bad-input'));
}

const PROJECT = 'stream-infer-bad-input';

describeWith(['java', 'maven', 'dataset', 'kafka-addon'], 'bad input from Apache Kafka', () => {
  let kafka: KafkaServer;
  let broker: Broker;
  let topics = 0;

  beforeAll(async () => {
    kafka = await KafkaServer.create();
    broker = await openBroker('kafka', {
      'bootstrap.servers': kafka.bootstrapServers,
      'message.max.bytes': String(LARGE_INPUTS),
    });
  }, 240_000);
  afterAll(async () => {
    await broker.close();
    await kafka.close();
  });

  /** The program on topics of its own; the one it reads takes large messages, the others have the usual 1 MB. */
  async function start(env: NodeJS.ProcessEnv = {}) {
    const [input, output, dlq] = [`images-${++topics}`, `predictions-${topics}`, `images-${topics}.dlq`];
    await createTopic(kafka, input, { 'max.message.bytes': String(LARGE_INPUTS) });
    await createTopic(kafka, output);
    await createTopic(kafka, dlq);
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--port', '0'];
    const names = ['--input-topic', input, '--output-topic', output, '--dlq-topic', dlq, '--group', input];
    const running = await startProgram([...flags, ...names], env);
    const readings = { output: { topic: output, group: null }, dlq: { topic: dlq, group: null } };
    return { running, input, readings };
  }

  it('has the outcome in the catalogue, and nothing is lost', async () => {
    const { running, input, readings } = await start();
    const sent = await publish(broker, input, catalogue());
    const found = await outcomes(broker, readings, sent.size);
    expectTheCatalogueKept(sent, found);
    // The only one that does not compress to less than the broker's limit.
    expect(cutLetters(sent, found.letters)).toEqual(['16 1048576 random bytes']);
    await expectHealthy(running);
    expect((await running.stop()).code).toBe(0);
  });

  it('preserves headers of any name, and a tombstone becomes a dead letter', async () => {
    const { running, input, readings } = await start();
    const names = ['__proto__', 'constructor', '1', 'é', 'hasOwnProperty', 'empty', 'twice', 'twice'];
    const headers = names.map((name, i) => [name, name === 'empty' ? '' : `v${i}`] as const);
    const sent = await publish(broker, input, [
      good('image', headers),
      bad('text', Buffer.from('hello'), 'NOT_AN_IMAGE', headers),
    ]);
    await publishTombstone(kafka, input, 'gone');
    const found = await outcomes(broker, readings, 3);
    for (const { headers: kept } of [...found.predictions, ...found.letters]) {
      if (kept.some(([name, value]) => name === 'error-code' && String(value) === 'EMPTY')) continue;
      const own = kept.filter(([name]) => names.includes(name)).map(([name, value]) => [name, String(value)]);
      expect(own.sort()).toEqual(headers.map((pair) => [...pair]).sort());
    }
    expect(fates(sent, found)).toEqual(
      new Map([
        ['0', 'prediction'],
        ['1', 'NOT_AN_IMAGE'],
        ['?', 'EMPTY'],
      ]),
    );
    const tombstone = found.letters.find((letter) => header(letter, 'error-code') === 'EMPTY');
    expect(String(tombstone?.key)).toBe('gone');
    await running.stop();
  });

  it('keeps the first 64 KiB, the length and the digest of a value above the limit', async () => {
    const { running, input, readings } = await start({ STREAM_INFER_INFERENCE_MAX_IMAGE_BYTES: '200000' });
    const sent = await publish(
      broker,
      input,
      interleaved([
        bad('1 below', noise(199_999), 'NOT_AN_IMAGE'),
        bad('at the limit', noise(200_000), 'NOT_AN_IMAGE'),
        bad('1 above', noise(200_001), 'TOO_LARGE_BYTES'),
        bad('1 MB', noise(1_000_000), 'TOO_LARGE_BYTES'),
        bad('30 MB', noise(30_000_000), 'TOO_LARGE_BYTES'),
      ]),
    );
    const found = await outcomes(broker, readings, sent.size);
    expectTheCatalogueKept(sent, found);
    expect(cutLetters(sent, found.letters).sort()).toEqual(['1 MB', '1 above', '30 MB']);
    await expectHealthy(running);
    await running.stop();
  });

  it('never stalls on an outcome that the broker rejects as too large', async () => {
    const { running, input, readings } = await start();
    const letters = (length: number) => noise(length).toString('base64').slice(0, length);
    const notes = Array.from({ length: 20 }, (_, i) => [`note-${i}`, letters(60_000)] as const);
    const refused = (input: Input): Input => ({ ...input, expected: ['OUTCOME_TOO_LARGE'] });
    const sent = await publish(
      broker,
      input,
      interleaved([
        refused(good('key of 900 KB', [], noise(900_000))),
        refused(good('key of 1.2 MB', [], noise(1_200_000))),
        refused(good('1.2 MB of headers', notes)),
        refused(good('id of 900 KB', [['id', letters(900_000)]])),
        good('header of 900 KB', [['note', letters(900_000)]]),
        bad('text with a key of 1.2 MB', Buffer.from('no image, large key'), 'NOT_AN_IMAGE', notes),
        bad('1.2 MB of noise', noise(1_200_000), 'NOT_AN_IMAGE'),
        bad('16 MiB of noise', noise(16 * 1024 * 1024), 'NOT_AN_IMAGE'),
        ...Array.from({ length: 20 }, (_, i) => bad(`text ${i}`, Buffer.from(`text ${i}`), 'NOT_AN_IMAGE')),
      ]),
    );
    const begin = performance.now();
    const found = await outcomes(broker, readings, sent.size);
    expectTheCatalogueKept(sent, found);
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(cutLetters(sent, found.letters).sort()).toEqual([
      '1.2 MB of headers',
      '1.2 MB of noise',
      '16 MiB of noise',
      'key of 1.2 MB',
      'text with a key of 1.2 MB',
    ]);
    await expectHealthy(running);
    expect((await running.stop()).code).toBe(0);
  });
});

describeWith(['go', 'dataset'], 'bad input from Pub/Sub', () => {
  const fake = new PubsubFake();
  const readings = {
    output: { topic: 'predictions', group: 'test', subscription: 'prediction-receiver' },
    dlq: { topic: 'images.dlq', group: 'test', subscription: 'images.dlq-sub' },
  };
  const emulator = process.env['PUBSUB_EMULATOR_HOST'];
  let broker: Broker;

  beforeAll(() => fake.start(), BUILD_TIME);
  beforeEach(async () => {
    await fake.restart();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    broker = await openBroker('pubsub');
  });
  afterEach(() => broker.close());
  afterAll(async () => {
    if (emulator === undefined) delete process.env['PUBSUB_EMULATOR_HOST'];
    else process.env['PUBSUB_EMULATOR_HOST'] = emulator;
    await fake.kill();
  });

  async function start(env: NodeJS.ProcessEnv = {}): Promise<Cli> {
    const flags = ['--broker', 'pubsub', '--project', PROJECT, '--port', '0'];
    return await startProgram(flags, { PUBSUB_EMULATOR_HOST: fake.address, ...env });
  }

  it('has the outcome in the catalogue, and nothing is lost', async () => {
    const running = await start();
    const inputs = catalogue();
    const sent = await publish(broker, 'images', inputs);
    // 10 MB of metadata are more than Pub/Sub carries.
    expect(inputs.length - sent.size).toBe(2);
    const found = await outcomes(broker, readings, sent.size);
    expectTheCatalogueKept(sent, found);
    expect(cutLetters(sent, found.letters)).toEqual([]);
    await expectHealthy(running);
    expect((await running.stop()).code).toBe(0);
  });

  it('keeps the first 64 KiB, the length and the digest of a value above the limit', async () => {
    const running = await start({ STREAM_INFER_INFERENCE_MAX_IMAGE_BYTES: '200000' });
    const sent = await publish(
      broker,
      'images',
      interleaved([
        bad('at the limit', noise(200_000), 'NOT_AN_IMAGE'),
        bad('1 above', noise(200_001), 'TOO_LARGE_BYTES'),
        bad('9 MB', noise(9_000_000), 'TOO_LARGE_BYTES'),
      ]),
    );
    const found = await outcomes(broker, readings, sent.size);
    expectTheCatalogueKept(sent, found);
    expect(cutLetters(sent, found.letters).sort()).toEqual(['1 above', '9 MB']);
    await expectHealthy(running);
    await running.stop();
  });

  it('reports the error even if the original fills the message and its attributes', async () => {
    const running = await start();
    const attributes = Array.from({ length: 98 }, (_, i) => [`a${i}`, String(i)] as const);
    const sent = await publish(
      broker,
      'images',
      interleaved([
        good('image with 100 attributes', attributes, Buffer.from('key')),
        bad('9,999,950 bytes', noise(9_999_950), 'NOT_AN_IMAGE'),
      ]),
    );
    const full = await publish(broker, 'images', [
      bad('text with 100 attributes', Buffer.from('text'), 'NOT_AN_IMAGE', attributes),
    ]);
    const found = await outcomes(broker, readings, sent.size + full.size);
    expect(found.predictions).toHaveLength(3);
    expect(found.letters.map((letter) => header(letter, 'error-code'))).toEqual([
      'NOT_AN_IMAGE',
      'NOT_AN_IMAGE',
    ]);
    await expectHealthy(running);
    await running.stop();
  });
});

/** Does not compress, and starts like no image. */
function noise(length: number): Buffer {
  const bytes = randomBytes(length);
  bytes[0] = 0x80;
  return bytes;
}

/** With settings of its own, which the admin of `src` cannot give. */
async function createTopic(
  kafka: KafkaServer,
  topic: string,
  config: Record<string, string> = {},
): Promise<void> {
  const client = loadKafka().AdminClient.create({ 'bootstrap.servers': kafka.bootstrapServers });
  const request = { topic, num_partitions: 4, replication_factor: 1, config };
  await new Promise<void>((resolve, reject) =>
    client.createTopic(request, (error) =>
      error ? reject(toKafkaError(error, topic, 'INTERNAL')) : resolve(),
    ),
  );
  client.disconnect();
}

async function publishTombstone(kafka: KafkaServer, topic: string, key: string): Promise<void> {
  const producer = createProducer(loadKafka(), { 'bootstrap.servers': kafka.bootstrapServers });
  await connectClient(producer);
  producer.setPollInBackground(true);
  const reported = new Promise((resolve) => producer.once('delivery-report', resolve));
  producer.produce(topic, null, null, key);
  await reported;
  await disconnectClient(producer);
}
