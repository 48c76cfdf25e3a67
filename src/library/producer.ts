import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { untilAborted } from '../core/async/until-aborted';
import { StreamInferError, messageOf } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { ConnectionStatus, MessageSink } from '../core/ports';
import { aFunction, assertShape, topicName } from './options';
import { assertOutgoing, toHeaders, type OutgoingValue, type SendOptions } from './outgoing';
import type { Serializer } from './serialization';

export interface ProducerOptions<T> {
  readonly serialize: Serializer<T>;
}

/** Writes to a topic. It connects by itself and waits while the broker is away. */
export interface Producer<T> {
  readonly topic: string;
  /** Resolves when the broker can be written to; rejects with ABORTED when `signal` aborts. */
  ready(signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when the broker has confirmed the message. Rejects with SERIALIZE_FAILED, MESSAGE_TOO_LARGE, or a retryable
   * error when it is not known whether the message arrived: send it again, readers know it by its id.
   */
  send(value: T, options?: SendOptions): Promise<void>;
  /**
   * Several at once: faster than one by one. Nothing is sent if the serializer fails at one of them; of messages that are
   * too large, the others are sent, and `cause.refused` names them by their index.
   */
  sendAll(messages: readonly OutgoingValue<T>[]): Promise<void>;
  status(): ConnectionStatus;
  /** Resolves when everything sent before is confirmed or has failed. */
  flush(): Promise<void>;
  /** Waits for what was sent before; ten seconds if the broker was not reached yet, or a serializer does not end. */
  close(): Promise<void>;
}

const schema = z.strictObject({ topic: topicName, serialize: aFunction.optional() });

/** Throws CONFIG_INVALID with every mistake. */
export function assertProducerOptions(topic: string, options: object | undefined): void {
  assertShape(schema, { ...options, topic }, 'createProducer');
}

export interface ProducerParts<T> {
  readonly topic: string;
  readonly sink: MessageSink;
  readonly serialize: Serializer<T>;
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly onClosed: () => void;
}

/** How long `close` waits for a broker that was not reached yet, and for serializers, ms. */
const CLOSE_TIMEOUT = 10_000;

export class SinkProducer<T> implements Producer<T> {
  readonly #closing = new AbortController();
  readonly #opened: Promise<void>;
  readonly #sending = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(private readonly parts: ProducerParts<T>) {
    // Each message that is being serialized listens; Node warns of a leak at eleven.
    setMaxListeners(0, this.#closing.signal);
    this.#opened = this.#open();
    // Whoever sends, or asks whether it is ready, is told.
    this.#opened.catch(() => undefined);
  }

  get topic(): string {
    return this.parts.topic;
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await (signal ? untilAborted(this.#opened, signal) : this.#opened);
  }

  async send(value: T, options: SendOptions = {}): Promise<void> {
    if (typeof options !== 'object') assertOutgoing([options]);
    await this.sendAll([{ ...options, value }]);
  }

  async sendAll(messages: readonly OutgoingValue<T>[]): Promise<void> {
    assertOutgoing(messages);
    if (this.#closed) throw new StreamInferError('NOT_READY', `The producer of ${this.topic} is closed.`);
    const sending = this.#send(messages);
    this.#sending.add(sending);
    try {
      await sending;
    } finally {
      this.#sending.delete(sending);
    }
  }

  status(): ConnectionStatus {
    return this.parts.sink.status();
  }

  async flush(): Promise<void> {
    await Promise.allSettled([...this.#sending]);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #open(): Promise<void> {
    await this.parts.prepare(this.#closing.signal);
    await this.parts.sink.open(this.#closing.signal);
  }

  async #send(messages: readonly OutgoingValue<T>[]): Promise<void> {
    const serialized = Promise.all(messages.map((message) => this.#toOutgoing(message)));
    const outgoing = await untilAborted(serialized, this.#closing.signal);
    await this.#opened;
    const refused = await this.parts.sink.publish(this.topic, outgoing);
    if (refused.length === 0) return;
    const what = refused.map(({ index, reason }) => `message ${index}: ${reason}`).join('; ');
    throw new StreamInferError('MESSAGE_TOO_LARGE', `${this.topic} refuses ${what}`, { cause: { refused } });
  }

  async #toOutgoing({ value, key, headers, timestamp }: OutgoingValue<T>): Promise<OutgoingMessage> {
    const bytes = await this.#serialize(value);
    return {
      key: key ?? null,
      value: bytes,
      headers: toHeaders(headers),
      ...(timestamp !== undefined && { timestamp }),
    };
  }

  async #serialize(value: T): Promise<Buffer> {
    let bytes: unknown;
    try {
      bytes = await this.parts.serialize(value, this.topic);
    } catch (thrown) {
      const what = `The serializer of ${this.topic} failed: ${messageOf(thrown)}`;
      throw new StreamInferError('SERIALIZE_FAILED', what, { cause: thrown });
    }
    if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8');
    // Not instanceof: bytes may come from another realm.
    if (ArrayBuffer.isView(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const what = `The serializer of ${this.topic} returned ${typeof bytes}; expected bytes or text.`;
    throw new StreamInferError('SERIALIZE_FAILED', what);
  }

  async #close(): Promise<void> {
    // What waits for a broker that is not there, or for a serializer that hangs, would wait for ever.
    const budget = setTimeout(() => this.#closing.abort(), CLOSE_TIMEOUT);
    await this.flush();
    clearTimeout(budget);
    this.#closing.abort();
    await this.#opened.catch(() => undefined);
    await this.parts.sink.flush();
    await this.parts.sink.close();
    this.parts.onClosed();
  }
}
