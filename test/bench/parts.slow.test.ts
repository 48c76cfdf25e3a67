import { flowThrough } from '../../src/bench/throughput';
import { measureLatency } from '../../src/bench/latency';
import { Load } from '../../src/bench/load';
import { PredictionFeed } from '../../src/bench/prediction-feed';
import { PROFILES } from '../../src/bench/profiles';
import type { RunContext } from '../../src/bench/run-context';
import { createMemoryBroker } from '../../src/brokers/memory/broker';
import type { Delivery, OutgoingMessage } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import type { ImageSet } from '../../src/dataset/image-set';
import { loadSamples } from '../../src/dataset/samples';
import { silentContext } from '../helpers/broker-context';
import { createOutcome } from '../helpers/services';

jest.setTimeout(120_000);

const PLAN = { rate: 200, seconds: 1, warmUpSeconds: 0.2, neighbours: 0 };
const LIMITS = { maxInFlight: 10_000, maxInFlightBytes: 1 << 26, from: 'earliest' } as const;

/** Publishes a prediction with zero times for each image; `answer` sets the number of predictions. */
class Program {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** Of the images, ms since 1970. */
  readonly timestamps: number[] = [];

  constructor(
    private readonly broker: Broker,
    private readonly answer: (number: number) => number,
    private readonly images: ImageSet,
    private readonly damage: (number: number) => object,
  ) {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const source = this.broker.createSource({ topic: 'images', group: 'program', ...LIMITS });
    const sink = this.broker.createSink();
    await source.open(this.#stop.signal);
    await sink.open(this.#stop.signal);
    while (!this.#stop.signal.aborted) {
      const deliveries = await source.receive(100, this.#stop.signal);
      await sink.publish(
        'predictions',
        deliveries.flatMap((delivery) => this.#answers(delivery)),
      );
      source.settle(deliveries);
    }
    await source.close();
    await sink.close();
  }

  #answers({ key, timestamp }: Delivery): OutgoingMessage[] {
    this.timestamps.push(timestamp);
    const number = Number(key);
    const timing = { queueMs: 0, inferenceMs: 0, totalMs: 0, batchSize: 1 };
    const right = this.images.labels[number % this.images.size] ?? 0;
    const label = number % 2 === 0 ? right : (right + 1) % 10;
    const { prediction: valid } = createOutcome({ label });
    const prediction = { ...valid, timing, predictedAt: new Date().toISOString(), ...this.damage(number) };
    const message = { key, value: Buffer.from(JSON.stringify(prediction)), headers: [] };
    return Array.from({ length: this.answer(number) }, () => message);
  }
}

describe('a part of a bench', () => {
  let broker: Broker;
  let program: Program;
  let context: RunContext;
  let close: () => Promise<void>;
  const steps: string[] = [];

  async function begin(
    answer: (number: number) => number,
    damage: (number: number) => object = () => ({}),
  ): Promise<void> {
    broker = createMemoryBroker(
      { partitions: 4, retention: 20_000, redeliverAfterMs: 60_000 },
      silentContext(),
    );
    program = new Program(broker, answer, await loadSamples(), damage);
    const { signal } = new AbortController();
    const sink = broker.createSink();
    await sink.open(signal);
    const feed = await PredictionFeed.open(broker, 'predictions', signal);
    context = {
      system: { broker, pids: [process.pid], urls: [], stop: async () => undefined },
      load: new Load(sink, 'images', PROFILES.cnn, await loadSamples()),
      feed,
      signal,
      progress: { step: (text) => void steps.push(text), update: () => undefined },
    };
    close = async () => {
      await program.stop();
      await feed.close();
      await sink.close();
      await broker.close();
    };
  }

  afterEach(() => close());

  it('numbers every image, and counts duplicate predictions', async () => {
    await begin((number) => (number % 100 === 0 ? 2 : 1));
    const report = await flowThrough(
      context,
      { load: { warmUp: 1_000, count: 2_000 }, judged: true },
      400 * 784,
    );
    expect(report).toMatchObject({
      images: 3_000,
      lost: 0,
      duplicates: 30,
      accuracy: 0.5,
      load: 'window',
      deadLetters: 0,
    });
  });

  it('counts an image as lost if its prediction is invalid', async () => {
    await begin(
      () => 1,
      (number) => (number === 1_500 ? { label: 'Bag' } : {}),
    );
    const report = await flowThrough(
      context,
      { load: { warmUp: 1_000, count: 2_000 }, judged: true },
      400 * 784,
    );
    expect(report).toMatchObject({ lost: 1, duplicates: 0 });
  });

  it('sends on schedule, with the scheduled time of each image as its timestamp', async () => {
    await begin(() => 1);
    const report = await measureLatency(context, PLAN, 7_000);
    expect(report).toMatchObject({ rate: 200, images: 240, lost: 0, duplicates: 0 });
    const times = [...program.timestamps].sort((a, b) => a - b);
    expect(times).toHaveLength(240);
    expect((times.at(-1) as number) - (times[0] as number)).toBeCloseTo(239 * 5, -1);
  });

  it('has stages that add up to the whole latency', async () => {
    await begin(() => 1);
    const { total, stages } = await measureLatency(context, PLAN, 0);
    const sum = Object.values(stages).reduce((all, { mean }) => all + mean, 0);
    // Each prediction's time is written in whole milliseconds.
    expect(Math.abs(sum - total.mean)).toBeLessThan(2);
    expect(total.p50).toBeLessThanOrEqual(total.p99);
  });
});
