/** Workers that crash, hang or never start: each image has one outcome, and the pool recovers. */
import { join } from 'node:path';
import { createInspection } from '../../src/setup/inspection';
import { createOutcomeEncoder } from '../../src/setup/outcome-encoder';
import { createMemoryBroker } from '../../src/brokers/memory/broker';
import { configSchema } from '../../src/config/schema';
import { isolateFailures } from '../../src/pipeline/isolation';
import { headerText, type Delivery } from '../../src/core/message';
import { AtLeastOnceOutbox } from '../../src/pipeline/outbox';
import { Pipeline } from '../../src/pipeline/pipeline';
import type { Broker } from '../../src/core/ports';
import { resolveModelDir } from '../../src/models/files';
import { createPool, type InferencePool } from '../../src/inference/pool';
import { packed } from '../fixtures/batch';
import { FAILING_WORKER, failingImage, meetingImage } from '../fixtures/failing-image';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { KafkaRun } from '../helpers/kafka-run';
import { silentLog } from '../helpers/log';
import { describeWith } from '../helpers/parts';
import { endsWell } from './watch';

jest.setTimeout(300_000);

const NODE_OPTIONS = `--require=${join(__dirname, '../fixtures/fatal-images.cjs')}`;
const WORKERS = 2;
const IMAGES = 100;

describeWith(['dataset'], 'a worker that is lost at an image', () => {
  const images = testImages();
  const labels = testLabels();
  let pool: InferencePool;
  let broker: Broker;
  let lost = 0;

  async function start(taskTimeoutMs: number): Promise<void> {
    lost = 0;
    pool = await createPool({
      modelDir: await resolveModelDir('fashion-mnist'),
      runtime: 'tfjs-wasm',
      workers: WORKERS,
      maxBatch: 16,
      invert: 'auto',
      taskTimeoutMs,
      startTimeoutMs: 120_000,
      log: silentLog,
      workerFile: FAILING_WORKER,
    });
    pool.onWorkerLost = () => lost++;
    broker = createMemoryBroker(
      { partitions: 1, retention: 10_000, redeliverAfterMs: 250_000 },
      silentContext(),
    );
  }
  afterEach(async () => {
    await broker.close();
    await pool.close();
  });

  it.each([
    ['exit', 'WORKER_CRASH', 60_000, [37, 61]],
    ['throw', 'WORKER_CRASH', 60_000, [37, 61]],
    // Half a gigabyte takes its time to fill up.
    ['run out of memory', 'WORKER_CRASH', 60_000, [37]],
    ['hang', 'WORKER_TIMEOUT', 4_000, [37, 61]],
  ] as const)('costs that image alone: %s', async (how, code, taskTimeoutMs, culprits) => {
    await start(taskTimeoutMs);
    const culprit = failingImage(how);
    const image = (i: number): Buffer => images.subarray(i * 784, (i + 1) * 784);
    await publish(
      Array.from({ length: IMAGES }, (_, i) =>
        (culprits as readonly number[]).includes(i) ? culprit : image(i),
      ),
    );

    const settled = await classifyAll();

    const predictions = await outcomes('predictions', IMAGES - culprits.length);
    const letters = await outcomes('dlq', culprits.length);
    expect([...predictions.keys(), ...letters.keys()].sort((a, b) => a - b)).toEqual([
      ...Array(IMAGES).keys(),
    ]);
    expect([...letters.keys()].sort((a, b) => a - b)).toEqual(culprits);
    for (const letter of letters.values()) {
      expect(headerText(letter.headers, 'error-code')).toBe(code);
      expect(headerText(letter.headers, 'attempts')).toBe('2');
      expect(letter.value).toEqual(culprit);
    }
    const right = [...predictions].filter(([i, { value }]) => labelOf(value) === labels[i]);
    expect(right.length).toBeGreaterThan(0.8 * IMAGES);
    expect(settled).toBe(IMAGES);
    // Three tries for each culprit: with its batch (both may be in one), and twice alone.
    if (how !== 'throw') expect(lost).toBeGreaterThanOrEqual(2 * culprits.length + 1);
    await expectBothWorkers();
    pool.onWorkerLost = undefined;
    await publish(Array.from({ length: IMAGES }, (_, i) => image(i)));
    expect(await classifyAll()).toBe(IMAGES);
  });

  async function expectBothWorkers(): Promise<void> {
    const meeting = packed([meetingImage()]);
    const results = await Promise.all([pool.classify(meeting), pool.classify(meeting)]);
    expect(results.map(({ failures }) => failures.size)).toEqual([0, 0]);
  }

  async function publish(values: readonly Buffer[]): Promise<void> {
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(60_000));
    await sink.publish(
      'images',
      values.map((value, i) => ({ key: null, value, headers: [['n', String(i)]] })),
    );
    await sink.close();
  }

  /** How many were settled. */
  async function classifyAll(): Promise<number> {
    const limits = { maxInFlight: 1_000, maxInFlightBytes: 1e8, from: 'earliest' } as const;
    const source = broker.createSource({ topic: 'images', group: 'g', ...limits });
    const sink = broker.createSink();
    const signal = AbortSignal.timeout(250_000);
    await Promise.all([source.open(signal), sink.open(signal)]);
    const outbox = new AtLeastOnceOutbox({
      sink,
      source,
      topics: { output: 'predictions', dlq: 'dlq' },
      encode: createOutcomeEncoder(configSchema.parse({}), () => pool.model),
      log: silentLog,
      signal,
    });
    const pipeline = new Pipeline(
      {
        source,
        classifier: isolateFailures(pool, { attempts: 2, log: silentLog }),
        outbox,
        inspect: createInspection(1e7),
        observers: [],
        log: silentLog,
      },
      {
        maxBatch: 16,
        parallelism: WORKERS,
        maxInteractive: 1,
        inFlight: { messages: 1_000, bytes: 1e8 },
        maxDeliveries: IMAGES,
      },
    );
    await pipeline.run();
    const { settled } = await pipeline.drain(signal);
    await Promise.all([source.close(), sink.close()]);
    return settled;
  }

  /** All of the topic, by number of the input; fails at a second one for the same input. */
  async function outcomes(topic: string, count: number): Promise<Map<number, Delivery>> {
    const limits = { maxInFlight: 1_000, maxInFlightBytes: 1e8, from: 'earliest' } as const;
    const source = broker.createSource({ topic, group: null, ...limits });
    const signal = AbortSignal.timeout(60_000);
    await source.open(signal);
    const found = new Map<number, Delivery>();
    for (let quiet = 0; found.size < count || quiet < 3;) {
      const batch = await source.receive(1_000, signal);
      quiet = batch.length === 0 ? quiet + 1 : 0;
      for (const delivery of batch) {
        const n = Number(headerText(delivery.headers, 'n'));
        expect(found.has(n)).toBe(false);
        found.set(n, delivery);
      }
      signal.throwIfAborted();
    }
    await source.close();
    return found;
  }
});

const labelOf = (value: Buffer | null): number => (JSON.parse(String(value)) as { label: number }).label;

describe('the program', () => {
  let running: Cli | undefined;
  afterEach(async () => {
    await running?.stop('SIGKILL');
    running = undefined;
  });

  it('replaces workers that crash while idle, and predicts as before', async () => {
    // Not onnx: a thread that is ended from outside in a session of onnxruntime takes the process with it. The pool itself
    // closes its gate before it ends one (test/inference/run-gate.test.ts).
    const flags = ['--runtime', 'tfjs-wasm', '--workers', '2', '--log-format', 'json'];
    running = await new Cli(['run', '--no-demo', '--port', '0', ...flags], { NODE_OPTIONS }).ready();
    running.child.kill('SIGUSR2');
    const { url } = running;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        fetch(`${url}/api/v1/classify`, { method: 'POST', body: Buffer.alloc(784, 50) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    await endsWell(running);
  });

  it('does not wait for a missing model', async () => {
    const { code, stderr } = await cli(['run', '--model', 'no-such-model', '--no-http']);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('error MODEL_MISSING') as string,
    });
  });
});

describeWith(
  ['java', 'maven', 'dataset', 'kafka-addon'],
  'the program, stopped while a worker hangs,',
  () => {
    let kafka: KafkaServer;
    beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
    afterAll(() => kafka.close());

    it('exits with code 1 after its drain time, and does not settle the messages of the worker', async () => {
      const run = new KafkaRun(kafka);
      const hanging = Buffer.alloc(784);
      hanging.write('HANG!');
      const images = testImages();
      await run.publish([
        hanging,
        ...Array.from({ length: 9 }, (_, i) => images.subarray(i * 784, (i + 1) * 784)),
      ]);
      const stuck = run.start(['--workers', '1', '--shutdown-timeout', '2s'], { NODE_OPTIONS });
      await stuck.ready();
      await until(
        async () =>
          (await stuck.json<{ activity: { inFlight: number } }>('/api/v1/stats')).activity.inFlight === 10,
        60_000,
        () => stuck.stderr,
      );
      const { code, stderr } = await stuck.stop();
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('drain timed out') as string,
      });
      // Without the fixture the image is like any other: now all ten come, and each once.
      const healthy = run.start();
      const fates = await run.fates(10, () => healthy.stderr);
      expect([...fates.values()].map((all) => all.map(({ what }) => what))).toEqual(
        Array.from({ length: 10 }, () => ['prediction']),
      );
      await endsWell(healthy);
      await run.close();
    });
  },
);
