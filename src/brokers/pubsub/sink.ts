import type { Topic } from '@google-cloud/pubsub';

import { Backoff } from '../../core/async/backoff';
import { untilAborted } from '../../core/async/until-aborted';
import { StreamInferError, messageOf } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { ConnectionStatus, Log, MessageSink, RefusedMessage } from '../../core/ports';
import type { PubsubConnection } from './connection';
import { MAX_MESSAGE_BYTES, pubsubSize, toPubsubMessage } from './convert';
import { GRPC, isHopeless, toPubsubError } from './errors';

/** Messages passed to the client at a time; each costs it a promise and some bookkeeping. */
const CHUNK = 1_000;

/** The client's own retries end after this time, ms (its default is ten minutes): the caller must be notified. */
const PUBLISH_TIME = 30_000;
/** After a slower publish the broker is probed, ms. */
const SLOW_PUBLISH = 800;

const PUBLISH_RETRY = {
  retryCodes: [
    GRPC.CANCELLED,
    GRPC.UNKNOWN,
    GRPC.DEADLINE_EXCEEDED,
    GRPC.RESOURCE_EXHAUSTED,
    GRPC.ABORTED,
    GRPC.INTERNAL,
    GRPC.UNAVAILABLE,
  ],
  backoffSettings: {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 2_000,
    initialRpcTimeoutMillis: 10_000,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: 10_000,
    totalTimeoutMillis: PUBLISH_TIME,
  },
};

export class PubsubSink implements MessageSink {
  readonly #topics = new Map<string, Topic>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #status: ConnectionStatus = { state: 'connecting', reason: 'it is not open yet' };

  #asking = false;

  constructor(
    private readonly connection: PubsubConnection,
    private readonly log: Log,
  ) {}

  async open(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(200, 5_000);
    const either = AbortSignal.any([signal, this.#closing.signal]);
    for (;;) {
      try {
        await untilAborted(this.connection.probe(), either, 'opening the sink');
        return this.#up();
      } catch (error) {
        if (either.aborted || isHopeless(error)) throw error;
        this.#down(error);
      }
      await backoff.wait(either);
    }
  }

  /** Rejects with TOPIC_MISSING, BROKER_REFUSED, BROKER_UNREACHABLE or PUBLISH_FAILED. */
  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<readonly RefusedMessage[]> {
    if (this.#closing.signal.aborted) throw new StreamInferError('PUBLISH_FAILED', 'the sink is closed');
    const publishing = this.#publish(topic, messages);
    this.#pending.add(publishing);
    const slow = setTimeout(() => void this.#seeWhetherItIsThere(), SLOW_PUBLISH);
    try {
      const refused = await publishing;
      this.#up();
      return refused;
    } catch (error) {
      this.#down(error);
      throw error;
    } finally {
      clearTimeout(slow);
      this.#pending.delete(publishing);
    }
  }

  status(): ConnectionStatus {
    return this.#status;
  }

  async flush(): Promise<void> {
    await Promise.allSettled([...this.#pending]);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.flush();
    this.#status = { state: 'closed' };
    this.#topics.clear();
  }

  async #publish(name: string, messages: readonly OutgoingMessage[]): Promise<RefusedMessage[]> {
    const topic = await this.#topic(name);
    const refused: RefusedMessage[] = [];
    for (let start = 0; start < messages.length; start += CHUNK) {
      await publishChunk(topic, name, messages.slice(start, start + CHUNK), start, refused);
    }
    return refused;
  }

  async #topic(name: string): Promise<Topic> {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      const client = await this.connection.client();
      topic = client.topic(name, {
        batching: { maxMilliseconds: 20, maxMessages: CHUNK },
        messageOrdering: true,
        gaxOpts: { retry: PUBLISH_RETRY, timeout: PUBLISH_TIME },
      });
      this.#topics.set(name, topic);
    }
    return topic;
  }

  /** The client retries a publish for PUBLISH_TIME silently; probing determines the status. */
  async #seeWhetherItIsThere(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const backoff = new Backoff(200, 5_000);
    const { signal } = this.#closing;
    while (this.#pending.size > 0 && !signal.aborted) {
      try {
        await untilAborted(this.connection.probe(), signal, 'probing Pub/Sub');
        this.#up();
        break;
      } catch (error) {
        if (!signal.aborted) this.#down(error);
        await backoff.wait(signal);
      }
    }
    this.#asking = false;
  }

  #up(): void {
    this.connection.outage.onAnswer();
    if (this.#status.state !== 'closed') this.#status = { state: 'up' };
  }

  #down(error: unknown): void {
    if (this.#status.state === 'closed') return;
    const reason = messageOf(error);
    const isOutage = this.connection.outage.onError(error);
    if (!isOutage && this.#status.reason !== reason)
      this.log.warn({ reason }, 'Pub/Sub sink is down; retrying');
    this.#status = { state: 'down', reason };
  }
}

/** Waits for all of them, also when one fails: no message may be in flight when the caller retries. */
async function publishChunk(
  topic: Topic,
  name: string,
  chunk: readonly OutgoingMessage[],
  start: number,
  refused: RefusedMessage[],
): Promise<void> {
  const publishing: Promise<string>[] = [];
  const keys = new Set<string>();
  for (const [i, outgoing] of chunk.entries()) {
    const message = toPubsubMessage(outgoing);
    if (message.orderingKey !== undefined) keys.add(message.orderingKey);
    const size = pubsubSize(message);
    if (size <= MAX_MESSAGE_BYTES) publishing.push(topic.publishMessage(message));
    else
      refused.push({
        index: start + i,
        reason: `${size} bytes; the limit of Pub/Sub is ${MAX_MESSAGE_BYTES}`,
      });
  }
  const results = await Promise.allSettled(publishing);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return;
  // Otherwise the client refuses further messages of these keys.
  for (const key of keys) topic.resumePublishing(key);
  throw toPubsubError(failed.reason, `the topic ${name}`, 'PUBLISH_FAILED');
}
