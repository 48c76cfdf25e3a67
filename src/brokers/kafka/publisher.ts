import { StreamInferError, messageOf } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { Log, RefusedMessage } from '../../core/ports';
import { connectClient, disconnectClient, produce } from './client';
import { causeInLog, endsClient, isRefusal, kafkaCodeOf, toKafkaError, worse, KAFKA } from './errors';
import { Health } from './health';
import { createProducer, type NativeProducer, type NativeSdk, type Properties } from './native';
import { OutgoingBatch } from './outgoing-batch';
import { parseStatistics } from './statistics';
import { Deferred } from './supervisor';

/** A delivery report carries `batch number × MAX_BATCH + index`, exact for 2^33 batches. */
const MAX_BATCH = 2 ** 20;
/** How long `end` waits for delivery reports, ms; a disconnect drops what is still queued. */
const END_TIMEOUT = 5_000;

/** A flush occupies a thread of libuv's pool, and lets nothing linger while it lasts, ms. */
const FLUSH_TIMEOUT = 50;

export interface PublisherOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  readonly address: string;
  readonly log: Log;
}

/** The life of one native producer: connect → publish … → end. It is never connected again. */
export class Publisher {
  readonly health: Health;
  readonly #producer: NativeProducer;
  /** By number; a batch stays until all its reports are in. */
  readonly #batches = new Map<number, OutgoingBatch>();
  #numbers = 0;
  /** Keeps batches from overtaking each other while the queue is full. */
  #turn: Promise<void> = Promise.resolve();
  #onSpace: (() => void) | undefined;
  /** Batches that are not to wait for company and are not confirmed yet. */
  #urgent = 0;
  #flushing: Promise<void> | undefined;
  #ending = false;
  readonly #broken = new Deferred<never>();
  #failure: unknown;
  /** What the log says about a connection that does not come about; of no meaning once it has. */
  #connectFailure: StreamInferError | undefined;
  #connected = false;

  constructor(private readonly options: PublisherOptions) {
    this.health = new Health(options.address);
    this.#producer = createProducer(options.sdk, options.properties);
  }

  async connect(): Promise<void> {
    this.#listen();
    await connectClient(this.#producer).catch((error: unknown) => {
      const cause = this.#connectFailure ?? this.#failure ?? error;
      throw toKafkaError(cause, `Kafka at ${this.options.address}`, 'BROKER_UNREACHABLE');
    });
    this.#connected = true;
    this.#producer.setPollInBackground(true);
  }

  /** Resolves when `signal` aborts; rejects when only a new producer helps. */
  untilBroken(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return Promise.race([stopped, this.#broken.promise]);
  }

  async publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    more: boolean,
  ): Promise<readonly RefusedMessage[]> {
    const batch = await this.#send(topic, messages, more);
    const refused = [...batch.refused, ...(await this.#tryAlone(topic, messages, batch.suspects))];
    return refused.sort((a, b) => a.index - b.index);
  }

  /** Resolves when no report is outstanding. */
  async drained(): Promise<void> {
    while (this.#batches.size > 0) await Promise.all([...this.#batches.values()].map(({ done }) => done));
  }

  /** Waits a bounded time for reports; batches without them fail. */
  async end(): Promise<void> {
    if (!this.#connected) return;
    await this.#drainedWithin(END_TIMEOUT);
    this.#ending = true;
    await this.#flushing;
    const inTime = await disconnectClient(this.#producer);
    if (!inTime)
      this.options.log.warn({ address: this.options.address }, 'leaving Kafka takes long; left to itself');
    this.#failure ??= new StreamInferError('PUBLISH_FAILED', 'the producer was closed');
    for (const [number, batch] of this.#batches) {
      this.#batches.delete(number);
      batch.fail(this.#failure);
    }
    this.#onSpace?.();
  }

  async #send(topic: string, messages: readonly OutgoingMessage[], more: boolean): Promise<OutgoingBatch> {
    if (messages.length > MAX_BATCH)
      throw new StreamInferError('INTERNAL', `more than ${MAX_BATCH} messages at once`);
    const number = this.#numbers++;
    const batch = new OutgoingBatch(topic, messages.length);
    this.#batches.set(number, batch);
    const before = this.#turn;
    this.#turn = before.then(() => this.#enqueue(topic, messages, number, batch));
    if (!more) this.#hurry(batch, this.#turn);
    await batch.done;
    this.#batches.delete(number);
    batch.assertConfirmed();
    return batch;
  }

  /** Never rejects: what cannot be handed over fails in its batch. */
  async #enqueue(
    topic: string,
    messages: readonly OutgoingMessage[],
    number: number,
    batch: OutgoingBatch,
  ): Promise<void> {
    for (let index = 0; index < messages.length; index++) {
      const message = messages[index];
      if (message === undefined) continue;
      for (;;) {
        if (this.#failure !== undefined) return batch.fail(this.#failure, messages.length - index);
        const error = produce(this.#producer, topic, message, number * MAX_BATCH + index);
        if (error === undefined) break;
        const code = kafkaCodeOf(error);
        if (code === KAFKA.MSG_SIZE_TOO_LARGE) {
          batch.refuse(index, error);
          break;
        }
        if (code !== KAFKA.QUEUE_FULL) {
          this.#onError(error);
          return batch.fail(error, messages.length - index);
        }
        await this.#untilSpace();
      }
    }
  }

  /** The broker refuses a request as a whole: only what is refused alone, too, is too large itself. */
  async #tryAlone(
    topic: string,
    messages: readonly OutgoingMessage[],
    suspects: readonly number[],
  ): Promise<RefusedMessage[]> {
    const refused: RefusedMessage[] = [];
    for (const index of suspects) {
      const batch = await this.#send(topic, messages.slice(index, index + 1), false);
      if (batch.suspects.length > 0 || batch.refused.length > 0) {
        refused.push({
          index,
          reason: `larger than the broker takes for the topic ${topic} (max.message.bytes)`,
        });
      }
    }
    return refused;
  }

  /** Has a batch sent without waiting for company, and whatever else waits with it. */
  #hurry(batch: OutgoingBatch, enqueued: Promise<void>): void {
    this.#urgent++;
    void batch.done.then(() => this.#urgent--);
    void enqueued.then(() => (this.#flushing ??= this.#flush()));
  }

  /** The client lets messages linger, except while it is being flushed. What became of them the delivery reports tell. */
  async #flush(): Promise<void> {
    while (this.#urgent > 0 && this.#failure === undefined && !this.#ending)
      await new Promise<void>((resolve) => this.#producer.flush(FLUSH_TIMEOUT, () => resolve()));
    this.#flushing = undefined;
  }

  #untilSpace(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSpace = () => {
        this.#onSpace = undefined;
        resolve();
      };
    });
  }

  #listen(): void {
    this.#producer.on('delivery-report', (error: unknown, { opaque }: { opaque?: unknown }) =>
      this.#onReport(error, opaque),
    );
    this.#producer.on('event.error', (error) => this.#onError(error));
    this.#producer.on('event.stats', (event: { message?: string }) => {
      const statistics = parseStatistics(event);
      if (statistics !== undefined) this.health.onStatistics(statistics);
    });
    this.#producer.on('event.log', (event: { message?: string }) => this.#onLog(event.message));
  }

  #onLog(librdkafka: string | undefined): void {
    this.options.log.debug({ librdkafka }, 'kafka producer');
    if (this.#connected) return;
    const cause = causeInLog(librdkafka, `Kafka at ${this.options.address}`);
    this.#connectFailure = worse(this.#connectFailure, cause);
  }

  #onReport(error: unknown, opaque: unknown): void {
    const batch = this.#batches.get(Math.floor(Number(opaque) / MAX_BATCH));
    if (error === null || error === undefined) this.health.onAnswer();
    else if (endsClient(error)) this.#break(error);
    batch?.onReport(Number(opaque) % MAX_BATCH, error);
    this.#onSpace?.();
  }

  #onError(error: unknown): void {
    this.health.onError(error);
    this.options.log.debug({ code: kafkaCodeOf(error), error: messageOf(error) }, 'kafka producer error');
    if (endsClient(error)) this.#break(error);
    else if (!this.#connected && isRefusal(error)) this.#failure ??= error;
  }

  #break(error: unknown): void {
    this.#failure ??= error;
    this.#broken.reject(toKafkaError(error, `Kafka at ${this.options.address}`, 'PUBLISH_FAILED'));
    this.#onSpace?.();
  }

  async #drainedWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([this.drained(), timeout]);
    clearTimeout(timer);
  }
}
