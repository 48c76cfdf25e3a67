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

/** Writes to a topic. Connects automatically and waits while the broker is unreachable. */
export interface Producer<T> {
  readonly topic: string;
  /** Resolves when connected; rejects with ABORTED when `signal` aborts. */
  ready(signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when the broker has confirmed the message. Rejects with SERIALIZE_FAILED or MESSAGE_TOO_LARGE.
   * Rejects with a retryable error if the message may or may not have arrived: send it again.
   */
  send(value: T, options?: SendOptions): Promise<void>;
  /**
   * Sends several messages, faster than one by one. Sends nothing if a serializer fails. If messages are too large, sends
   * the others, and `cause.refused` has the indexes of the large ones.
   */
  sendAll(messages: readonly OutgoingValue<T>[]): Promise<void>;
  status(): ConnectionStatus;
  /** Resolves when all earlier sends are confirmed or have failed. */
  flush(): Promise<void>;
  /** Waits for earlier sends; at most ten seconds for an unreachable broker or a hanging serializer. */
  close(): Promise<void>;
}

const schema = z.strictObject({ topic: topicName, serialize: aFunction.optional() });

/** Throws CONFIG_INVALID with all errors. */
export function assertProducerOptions(topic: string, options: object | undefined): void {
  assertShape(schema, { ...options, topic }, 'createProducer');
}

export interface SinkProducerOptions<T> {
  readonly topic: string;
  readonly sink: MessageSink;
  readonly serialize: Serializer<T>;
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly onClosed: () => void;
}

/** How long `close` waits for an unreachable broker and for serializers, ms. */
const CLOSE_TIMEOUT = 10_000;

export class SinkProducer<T> implements Producer<T> {
  readonly #closing = new AbortController();
  readonly #opened: Promise<void>;
  readonly #sending = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(private readonly options: SinkProducerOptions<T>) {
    // Each message in serialization adds a listener; Node warns about a leak from eleven on.
    setMaxListeners(0, this.#closing.signal);
    this.#opened = this.#open();
    // `send` and `ready` report the failure.
    this.#opened.catch(() => undefined);
  }

  get topic(): string {
    return this.options.topic;
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
    if (this.#closed) throw new StreamInferError('NOT_READY', `the producer of ${this.topic} is closed`);
    const sending = this.#send(messages);
    this.#sending.add(sending);
    try {
      await sending;
    } finally {
      this.#sending.delete(sending);
    }
  }

  status(): ConnectionStatus {
    return this.options.sink.status();
  }

  async flush(): Promise<void> {
    await Promise.allSettled([...this.#sending]);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #open(): Promise<void> {
    await this.options.prepare(this.#closing.signal);
    await this.options.sink.open(this.#closing.signal);
  }

  async #send(messages: readonly OutgoingValue<T>[]): Promise<void> {
    const serialized = Promise.all(messages.map((message) => this.#toOutgoing(message)));
    const outgoing = await untilAborted(serialized, this.#closing.signal);
    await this.#opened;
    const refused = await this.options.sink.publish(this.topic, outgoing);
    if (refused.length === 0) return;
    const what = refused.map(({ index, reason }) => `message ${index}: ${reason}`).join('; ');
    throw new StreamInferError('MESSAGE_TOO_LARGE', `${this.topic} rejected ${what}`, { cause: { refused } });
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
      bytes = await this.options.serialize(value, this.topic);
    } catch (thrown) {
      const what = `the serializer of ${this.topic} failed: ${messageOf(thrown)}`;
      throw new StreamInferError('SERIALIZE_FAILED', what, { cause: thrown });
    }
    if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8');
    // Not instanceof: bytes may come from another realm.
    if (ArrayBuffer.isView(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const what = `the serializer of ${this.topic} returned ${typeof bytes}; expected bytes or text`;
    throw new StreamInferError('SERIALIZE_FAILED', what);
  }

  async #close(): Promise<void> {
    // Without a limit, an unreachable broker or a hanging serializer would block forever.
    const budget = setTimeout(() => this.#closing.abort(), CLOSE_TIMEOUT);
    await this.flush();
    clearTimeout(budget);
    this.#closing.abort();
    await this.#opened.catch(() => undefined);
    await this.options.sink.flush();
    await this.options.sink.close();
    this.options.onClosed();
  }
}
