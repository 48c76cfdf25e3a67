import { setTimeout as sleep } from 'node:timers/promises';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { headerText, type Delivery, type Header } from '../../src/core/message';
import type { MessageSink } from '../../src/core/ports';
import type { Prediction } from '../../src/core/prediction';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { silentContext } from './broker-context';
import { until } from './cli';
import type { KafkaServer } from './kafka';

const CHUNK = 20;
const EVERY_MS = 50;

/** The n-th image of a stream. */
export interface StreamedImage {
  readonly value: Buffer;
  readonly label: number;
}

/** Publishes images (of Fashion-MNIST by default) until stopped, and reads all outcomes. */
export class SteadyStream {
  readonly predictions: Prediction[] = [];
  readonly letters: Delivery[] = [];
  /** The true class sent with the n-th image. */
  truthOf = (label: number): number => label;
  #published = 0;
  readonly #broker;
  readonly #stopReading = new AbortController();
  readonly #stopPublishing = new AbortController();
  #reading: Promise<unknown> = Promise.resolve();
  #publishing: Promise<void> = Promise.resolve();

  constructor(
    server: KafkaServer,
    readonly topics: { readonly input: string; readonly output: string; readonly dlq: string },
    private readonly imageAt: (n: number) => StreamedImage = testImageAt(),
  ) {
    const properties = { 'bootstrap.servers': server.bootstrapServers };
    this.#broker = createKafkaBroker(
      { properties, embedded: false },
      silentContext(`stream-${topics.input}`),
    );
  }

  /** Creates the topics and starts to publish and read. */
  async start(partitions = 2): Promise<this> {
    const admin = this.#broker.createAdmin();
    const { input, output, dlq } = this.topics;
    await admin.createTopics([input, output, dlq].map((topic) => ({ topic, partitions })));
    await admin.close();
    const sink = this.#broker.createSink();
    await sink.open(AbortSignal.timeout(60_000));
    this.#publishing = this.#publish(sink);
    this.#reading = Promise.all([
      this.#follow(output, (delivery) =>
        this.predictions.push(JSON.parse(String(delivery.value)) as Prediction),
      ),
      this.#follow(dlq, (delivery) => this.letters.push(delivery)),
    ]);
    return this;
  }

  /** Number of predictions of a version. */
  countOf(version: number): number {
    return this.predictions.filter(({ model }) => model.version === version).length;
  }

  /** Waits for a number of further predictions of a version. */
  async more(version: number, count: number): Promise<void> {
    const before = this.countOf(version);
    await until(
      () => this.countOf(version) >= before + count,
      120_000,
      () =>
        `${this.countOf(version) - before} of ${count} predictions of version ${version}; ${this.summary}`,
    );
  }

  /** Reads another topic; the returned array grows. */
  async readSideTopic(topic: string): Promise<readonly unknown[]> {
    const read: unknown[] = [];
    const following = this.#follow(topic, ({ value }) => read.push(JSON.parse(String(value))));
    this.#reading = Promise.all([this.#reading, following]);
    return read;
  }

  /** Stops publishing, waits until each input has an outcome, and returns the number of inputs. */
  async finish(): Promise<number> {
    this.#stopPublishing.abort();
    await this.#publishing;
    await until(
      () => new Set(this.predictions.map(({ id }) => id)).size + this.letters.length >= this.#published,
      180_000,
      () => this.summary,
    );
    return this.#published;
  }

  async close(): Promise<void> {
    this.#stopPublishing.abort();
    await this.#publishing;
    this.#stopReading.abort();
    await this.#reading;
    await this.#broker.close();
  }

  get summary(): string {
    const codes = this.letters.map(({ headers }) => headerText(headers, 'error-code'));
    return `${this.#published} published, ${this.predictions.length} predictions, letters: ${codes.join(' ')}`;
  }

  async #publish(sink: MessageSink): Promise<void> {
    while (!this.#stopPublishing.signal.aborted) {
      const messages = Array.from({ length: CHUNK }, (_, i) => this.#message(this.#published + i));
      await sink.publish(this.topics.input, messages);
      this.#published += CHUNK;
      await sleep(EVERY_MS);
    }
    await sink.close();
  }

  #message(n: number) {
    const { value, label } = this.imageAt(n);
    const headers: Header[] = [['label', String(this.truthOf(label))]];
    return { key: `key-${n}`, value, headers };
  }

  async #follow(topic: string, take: (delivery: Delivery) => void): Promise<void> {
    const limits = { maxInFlight: 100_000, maxInFlightBytes: 1 << 30, from: 'earliest' } as const;
    const source = this.#broker.createSource({ topic, group: null, ...limits });
    const { signal } = this.#stopReading;
    await source.open(signal);
    while (!signal.aborted) for (const delivery of await source.receive(1_000, signal)) take(delivery);
    await source.close();
  }
}

function testImageAt(): (n: number) => StreamedImage {
  const [images, labels] = [testImages(), testLabels()];
  return (n) => {
    const at = n % labels.length;
    return { value: images.subarray(at * 784, (at + 1) * 784), label: labels[at]! };
  };
}

/**
 * Groups predictions into batches by these fields and returns batches with mixed model versions. Two
 * identical batches are recognised by having more predictions than the batch size.
 */
export function mixedBatches(predictions: readonly Prediction[]): string[] {
  const batches = new Map<string, Prediction[]>();
  for (const prediction of predictions) {
    const { timing, predictedAt } = prediction;
    const batch = `${predictedAt} ${timing.inferenceMs} ${timing.batchSize}`;
    batches.set(batch, [...(batches.get(batch) ?? []), prediction]);
  }
  const isMixed = (batch: readonly Prediction[]) =>
    batch.length <= (batch[0]?.timing.batchSize ?? 0) &&
    new Set(batch.map(({ model }) => model.version)).size > 1;
  return [...batches].filter(([, batch]) => isMixed(batch)).map(([name]) => name);
}
