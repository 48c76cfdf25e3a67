import { planReplay } from '../../src/replay/plan';
import { replay, type ReplayOptions, type ReplayTally } from '../../src/replay/replay';
import { reportReplay } from '../../src/replay/report';
import { createMemoryBroker } from '../../src/brokers/memory/broker';
import { parseConfig } from '../../src/config/load';
import { CLASS_COUNT } from '../../src/core/labels';
import { FASHION_MNIST } from '../../src/core/model-shape';
import type { BatchResult, PackedBatch } from '../../src/core/classification';
import type { Broker } from '../../src/core/ports';
import type { ScanRange } from '../../src/core/scan-range';
import type { InferencePool } from '../../src/inference/pool';
import { silentContext } from '../helpers/broker-context';
import { answerOf } from '../helpers/predictions';

const { signal } = new AbortController();
const { log } = silentContext();
const { config } = parseConfig({});
const ALL: ScanRange = { from: { at: 'beginning' }, to: { at: 'end' } };
const model = { name: 'tests', version: 1, sha256: '', runtime: 'function', precision: 'fp32' } as const;

let broker: Broker;

beforeEach(() => {
  broker = createMemoryBroker({ partitions: 2, retention: 5_000, redeliverAfterMs: 60_000 }, silentContext());
});
afterEach(() => broker.close());

/** Says of an image the class that its first pixel is, plus `shift`. */
function fakePool(shift: number, onBatch: () => void = () => undefined): InferencePool {
  const own = { ...model, version: 1 + shift };
  return {
    model: own,
    shape: FASHION_MNIST,
    parallelism: 1,
    classify(batch: PackedBatch): Promise<BatchResult> {
      onBatch();
      const probabilities = new Float32Array(batch.size * CLASS_COUNT);
      for (let i = 0; i < batch.size; i++) {
        const label = ((batch.bytes[batch.offsets[i] ?? 0] ?? 0) + shift) % CLASS_COUNT;
        probabilities[i * CLASS_COUNT + label] = 0.5 + label / 100;
      }
      return Promise.resolve(answerOf(batch, probabilities, { model: own }));
    },
  } as Partial<InferencePool> as InferencePool;
}

async function publishImages(count: number): Promise<void> {
  const sink = broker.createSink();
  await sink.open(signal);
  await sink.publish(
    'images',
    Array.from({ length: count }, (_, i) => ({
      key: null,
      value: i === 7 ? Buffer.from('no image') : Buffer.alloc(784, i % CLASS_COUNT),
      headers: [['label', String(i % CLASS_COUNT)]] as const,
      timestamp: 1_000 * i,
    })),
  );
  await sink.close();
}

interface Run {
  readonly tally: ReplayTally;
  readonly known: number;
  readonly report: Awaited<ReturnType<typeof reportReplay>>;
}

async function run(range: ScanRange, version: 1 | 2, options: Partial<ReplayOptions> = {}): Promise<Run> {
  const plan = planReplay(config, { name: 'tests', version }, { range });
  const scan = broker.createScan({ topic: 'images', memory: plan.group, subscription: '', range });
  await scan.open(signal);
  try {
    const { bounds } = scan;
    const pool = fakePool(version - 1);
    const tally = await replay({
      config,
      broker,
      pool,
      scan,
      topics: plan.topics,
      log,
      signal,
      ...options,
    });
    const compareWith = 'predictions.replay-tests-1';
    const parts = { broker, plan: { ...plan, compareWith }, bounds, labels: FASHION_MNIST.labels, signal };
    return {
      tally,
      known: bounds.reduce((sum, one) => sum + one.known, 0),
      report: await reportReplay({ ...parts, startedAt: Date.now() }),
    };
  } finally {
    await scan.close();
  }
}

describe('a replay', () => {
  it('classifies a range into side topics and compares it with another version, message by message', async () => {
    await publishImages(100);
    const first = await run(ALL, 1);
    expect(first.tally).toEqual({ predictions: 99, deadLetters: 1, finished: true });
    const second = await run(ALL, 2);
    expect(second.tally).toEqual({ predictions: 99, deadLetters: 1, finished: true });
    expect(second.report).toMatchObject({
      earlier: { topic: 'predictions.replay-tests-1', predictions: 99, models: [{ version: 1 }] },
      replayed: { topic: 'predictions.replay-tests-2', predictions: 99, models: [{ version: 2 }] },
      compared: 99,
      agreeing: 0,
      truth: { messages: 99, earlierAccuracy: 1, replayedAccuracy: 0, moreThanNoise: true },
    });
    expect(second.report?.changes[0]).toEqual({ from: 'T-shirt/top', to: 'Trouser', messages: 10 });
    expect(second.report?.examples).toHaveLength(10);
    expect(second.report?.examples[0]).toMatchObject({
      earlier: { className: 'Bag' },
      replayed: { className: 'Ankle boot' },
      truth: 'Bag',
    });
  });

  it('reads from a time to a time, and by partition', async () => {
    await publishImages(100);
    const byTime = { from: { at: 'time', ms: 20_000 }, to: { at: 'time', ms: 30_000 } } as const;
    expect((await run(byTime, 1)).tally.predictions).toBe(10);
    const offsets = (offset: number) => ({ at: 'offsets', offsets: new Map([[1, offset]]) }) as const;
    expect((await run({ from: offsets(10), to: offsets(13) }, 1)).tally.predictions).toBe(3);
  });

  it('resumes where it was stopped, and reports on the whole range', async () => {
    await publishImages(2_000);
    await run(ALL, 1);
    const stop = new AbortController();
    const pool = fakePool(1, () => stop.abort());
    const stopped = await run(ALL, 2, { pool, signal: stop.signal });
    expect(stopped.tally.finished).toBe(false);
    const done = stopped.tally.predictions + stopped.tally.deadLetters;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(2_000);
    const rest = await run(ALL, 2);
    expect(rest.known).toBe(done);
    expect(rest.tally.predictions + rest.tally.deadLetters).toBe(2_000 - done);
    expect(rest.report).toMatchObject({ compared: 1_999 });
    expect((await run(ALL, 2)).tally).toEqual({ predictions: 0, deadLetters: 0, finished: true });
  });

  it('is refused for a range without messages', async () => {
    await publishImages(10);
    const range = { from: { at: 'offset', offset: 50 }, to: { at: 'end' } } as const;
    await expect(run(range, 1)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('partition 0 from 0 to 5') as string,
    });
  });

  it('has no report without a topic to compare with', async () => {
    const plan = planReplay(config, { name: 'tests', version: 1 }, { range: ALL });
    expect(plan).toMatchObject({
      topics: {
        output: 'predictions.replay-tests-1',
        dlq: 'predictions.replay-tests-1.dlq',
      },
      compareWith: 'predictions',
    });
  });
});

describe('the plan of a replay', () => {
  const of = (wishes: Partial<Parameters<typeof planReplay>[2]>, broker: 'kafka' | 'pubsub' = 'kafka') =>
    planReplay({ ...config, broker }, { name: 'm', version: 2 }, { range: ALL, ...wishes });

  it.each([
    ['auto', 'predictions.replay-m-2'],
    ['fp32', 'predictions.replay-m-2-fp32'],
    ['int8', 'predictions.replay-m-2-int8'],
  ] as const)('has topics of its own for the precision %s', (precision, output) => {
    const wanted = { ...config, inference: { ...config.inference, precision } };
    const plan = planReplay(wanted, { name: 'm', version: 2 }, { range: ALL });
    expect(plan.topics.output).toBe(output);
  });

  it('has a group of its own for each range', () => {
    const { group } = of({});
    expect(group).toMatch(/^stream-infer\.replay-m-2\.[0-9a-f]{8}$/);
    expect(of({}).group).toBe(group);
    expect(of({ range: { ...ALL, from: { at: 'offset', offset: 5 } } }).group).not.toBe(group);
  });

  it.each([
    [{ sideTopic: 'images' }, 'a replay never writes to images'],
    [{ sideTopic: 'predictions' }, 'a replay never writes to predictions'],
    [{ sideDlq: 'images.dlq' }, 'a replay never writes to images.dlq'],
    [{ sideTopic: 'a b' }, 'is not a valid topic name'],
    [{ compareWith: 'predictions.replay-m-2' }, 'this replay writes to that topic'],
    [{ group: 'stream-infer' }, 'the group of the running system'],
  ])('is refused with %p', (wishes, message) => {
    expect(() => of(wishes)).toThrow(message);
  });

  it('takes a time or a snapshot of Pub/Sub, but neither offsets nor a group', () => {
    const end = { at: 'end' } as const;
    const time = (ms: number) => ({ at: 'time', ms }) as const;
    const snapshot = { at: 'snapshot', name: 'before' } as const;
    expect(of({ range: { from: snapshot, to: time(9) } }, 'pubsub').range.from).toBe(snapshot);
    const refused = [
      [{ range: { from: { at: 'offset', offset: 5 }, to: end } }, '--from 5: Pub/Sub has no offsets'],
      [{ range: { from: end, to: end } }, '--from latest: nothing is replayed'],
      [{ range: { from: time(9), to: time(9) } }, 'is not later than --from'],
      [{ range: { from: snapshot, to: end }, group: 'images-sub' }, 'keeps no progress, and has no group'],
    ] as const;
    for (const [wishes, message] of refused) expect(() => of(wishes, 'pubsub')).toThrow(message);
    expect(() => of({ range: { from: snapshot, to: end } })).toThrow('only Pub/Sub has snapshots');
  });
});
