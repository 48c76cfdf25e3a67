import { waitAtMost } from '../../core/async/timeout';
import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { RefusedMessage } from '../../core/ports';
import { produce } from './client';
import { kafkaCodeOf, KAFKA } from './errors';
import { OutgoingBatch } from './outgoing-batch';
import { ProducerClient, type ProducerOptions } from './producer-client';

/** A delivery report carries `batch number × MAX_BATCH + index`, exact for 2^33 batches. */
const MAX_BATCH = 2 ** 20;
/**
 * Messages that belong together are published in one call, and the client collects messages while requests are in
 * flight. So nothing needs to wait here, whatever the user configured for other programs.
 */
const PROPERTIES = { 'linger.ms': '0' };
/** How long `end` waits for delivery reports, ms; a disconnect drops what is still queued. */
const END_TIMEOUT = 5_000;

/**
 * Publishes for latency: each message has its own delivery report, and a call ends with its last one. It also
 * determines which of several messages the broker refuses.
 */
export class SwiftPublisher {
  readonly client: ProducerClient;
  /** By number; a batch is kept until all its reports have arrived. */
  readonly #batches = new Map<number, OutgoingBatch>();
  #numbers = 0;
  /** Keeps the order of batches while the queue is full, and blocks all of them while one message is tested. */
  #turn: Promise<void> = Promise.resolve();
  /** Enqueued and not reported yet. */
  #outstanding = 0;
  #onReported: (() => void) | undefined;

  constructor({ properties, ...options }: ProducerOptions) {
    this.client = new ProducerClient(
      { ...options, properties: { ...properties, ...PROPERTIES } },
      {
        onReport: (error, opaque) => this.#onReport(error, Number(opaque)),
        onBroken: () => this.#onReported?.(),
      },
    );
  }

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<readonly RefusedMessage[]> {
    const batch = await this.#send(topic, messages);
    if (batch.suspects.length === 0) return batch.refused;
    const refused = [...batch.refused, ...(await this.#trySuspects(topic, messages, batch.suspects))];
    return refused.sort((a, b) => a.index - b.index);
  }

  /** Resolves when no report is outstanding. */
  async drained(): Promise<void> {
    while (this.#batches.size > 0) await Promise.all([...this.#batches.values()].map(({ done }) => done));
  }

  /** Waits a bounded time for reports; batches without them fail. */
  async end(): Promise<void> {
    await this.client.end(() => waitAtMost(this.drained(), END_TIMEOUT));
    for (const [number, batch] of this.#batches) {
      this.#batches.delete(number);
      batch.fail(this.client.failure);
    }
  }

  async #send(topic: string, messages: readonly OutgoingMessage[]): Promise<OutgoingBatch> {
    if (messages.length > MAX_BATCH)
      throw new StreamInferError('INTERNAL', `more than ${MAX_BATCH} messages at once`);
    const number = this.#numbers++;
    const batch = new OutgoingBatch(topic, messages.length);
    this.#batches.set(number, batch);
    void this.#inTurn(() => this.#enqueue(topic, messages, number, batch));
    await batch.done;
    this.#batches.delete(number);
    batch.assertConfirmed();
    return batch;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }

  /** Never rejects: messages that cannot be enqueued fail in their batch. */
  async #enqueue(
    topic: string,
    messages: readonly OutgoingMessage[],
    number: number,
    batch: OutgoingBatch,
  ): Promise<void> {
    const { client } = this;
    for (let index = 0; index < messages.length; index++) {
      for (;;) {
        if (client.failure !== undefined) return batch.fail(client.failure, messages.length - index);
        const message = messages[index] as OutgoingMessage;
        const error = produce(client.native, topic, message, number * MAX_BATCH + index);
        if (error === undefined) {
          this.#outstanding++;
          break;
        }
        const code = kafkaCodeOf(error);
        if (code === KAFKA.MSG_SIZE_TOO_LARGE) {
          batch.refuse(index, error);
          break;
        }
        if (code !== KAFKA.QUEUE_FULL) {
          client.onError(error);
          return batch.fail(error, messages.length - index);
        }
        await this.#untilReported();
      }
    }
  }

  /** The broker refuses a whole request: a message is too large only if it is also refused alone. */
  async #trySuspects(
    topic: string,
    messages: readonly OutgoingMessage[],
    suspects: readonly number[],
  ): Promise<RefusedMessage[]> {
    const refused: RefusedMessage[] = [];
    for (const index of suspects) {
      const batch = await this.#inTurn(() => this.#tryAlone(topic, messages[index] as OutgoingMessage));
      batch.assertConfirmed();
      if (batch.suspects.length === 0 && batch.refused.length === 0) continue;
      const reason = `larger than the broker accepts for the topic ${topic} (max.message.bytes)`;
      refused.push({ index, reason });
    }
    return refused;
  }

  /** The client is empty meanwhile: another message in the request could be the one that is too large. */
  async #tryAlone(topic: string, message: OutgoingMessage): Promise<OutgoingBatch> {
    while (this.#outstanding > 0 && this.client.failure === undefined) await this.#untilReported();
    const number = this.#numbers++;
    const batch = new OutgoingBatch(topic, 1);
    this.#batches.set(number, batch);
    await this.#enqueue(topic, [message], number, batch);
    await batch.done;
    this.#batches.delete(number);
    return batch;
  }

  #untilReported(): Promise<void> {
    return new Promise((resolve) => {
      this.#onReported = () => {
        this.#onReported = undefined;
        resolve();
      };
    });
  }

  #onReport(error: unknown, opaque: number): void {
    this.#outstanding--;
    const batch = this.#batches.get(Math.floor(opaque / MAX_BATCH));
    batch?.onReport(opaque % MAX_BATCH, error);
    this.#onReported?.();
  }
}
