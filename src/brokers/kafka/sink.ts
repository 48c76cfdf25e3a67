import { Deferred } from '../../core/async/deferred';
import { aborted } from '../../core/async/until-aborted';
import { isStreamInferError, messageOf, StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { ConnectionStatus, Log, MessageSink, RefusedMessage } from '../../core/ports';
import type { Reach } from '../reach';
import { BulkPublisher } from './bulk-publisher';
import { statusOf, type OnHealth } from './health';
import type { NativeSdk, Properties } from './native';
import type { ProducerOptions } from './producer-client';
import { SwiftPublisher } from './swift-publisher';
import { Supervisor } from './supervisor';

export interface KafkaSinkOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  /** Resolves with the properties that are only known at run time (the address of an embedded cluster). */
  readonly start: () => Promise<Properties>;
  readonly address: string;
  readonly log: Log;
  readonly reach: Reach;
  readonly onClose: (sink: KafkaSink) => void;
}

/**
 * Publishes with the current producers; after a fatal error (idempotence lost) they are replaced. The second
 * producer, for throughput, starts when a call first announces more messages: most sinks publish little and never
 * need it.
 */
export class KafkaSink implements MessageSink {
  readonly #supervisor: Supervisor;
  #swift: SwiftPublisher | undefined;
  #bulk: BulkPublisher | undefined;
  #bulkWanted = false;
  /** Topics with a publish. */
  readonly #topics = new Set<string>();
  readonly #endWatch: () => void;
  /** Wakes the session that waits for the first bulk publish. */
  #wakeBulk: (() => void) | undefined;

  constructor(private readonly options: KafkaSinkOptions) {
    const live = (onUp: () => void, signal: AbortSignal): Promise<void> => this.#live(onUp, signal);
    this.#supervisor = new Supervisor({
      name: 'kafka sink',
      otherwise: 'PUBLISH_FAILED',
      log: options.log,
      reach: options.reach,
      live,
    });
    this.#endWatch = options.reach.onLoss(() => this.#tryConnections());
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#supervisor.open(signal);
  }

  async publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    more = false,
  ): Promise<readonly RefusedMessage[]> {
    try {
      return await this.#publish(topic, messages, more);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    more: boolean,
  ): Promise<readonly RefusedMessage[]> {
    this.#topics.add(topic);
    if (more) this.#requireBulk();
    if (more && this.#bulk !== undefined) {
      const result = await this.#bulk.publish(topic, messages);
      if (result !== 'in doubt') return result;
    }
    if (this.#swift !== undefined) return await this.#swift.publish(topic, messages);
    const reason = this.status().reason ?? 'not connected';
    throw new StreamInferError('PUBLISH_FAILED', `cannot publish to ${topic}: ${reason}`);
  }

  status(): ConnectionStatus {
    const status = statusOf(this.#supervisor.state, this.#swift?.client.health.status());
    return status.state === 'up' ? statusOf(status, this.#bulk?.client.health.status()) : status;
  }

  async flush(): Promise<void> {
    await Promise.all([this.#bulk?.drained(), this.#swift?.drained()]);
  }

  async close(): Promise<void> {
    this.#endWatch();
    await this.#supervisor.close();
    this.options.onClose(this);
  }

  /** When another client has lost the broker, usually the source's. */
  #tryConnections(): void {
    for (const publisher of [this.#swift, this.#bulk]) publisher?.client.tryConnections(this.#topics);
  }

  async #live(onUp: () => void, signal: AbortSignal): Promise<void> {
    const { sdk, address, log } = this.options;
    const properties = { ...this.options.properties, ...(await this.options.start()) };
    const onStatus: OnHealth = (...change) => this.#supervisor.onStatus(...change);
    const options = { sdk, properties, address, log, onStatus };
    const swift = new SwiftPublisher(options);
    // Both end together.
    const over = new AbortController();
    const end = AbortSignal.any([signal, over.signal]);
    let bulk = Promise.resolve();
    try {
      await swift.client.connect();
      this.#swift = swift;
      onUp();
      bulk = this.#liveInBulk(options, end);
      await Promise.race([swift.client.untilBroken(end), bulk]);
    } finally {
      over.abort();
      this.#swift = undefined;
      await Promise.allSettled([swift.end(), bulk]);
    }
  }

  /** The client's own errors do not say that an outage is their cause. */
  #explained(error: unknown): unknown {
    const { outage } = this.options.reach;
    if (outage === null || (isStreamInferError(error) && !error.retryable)) return error;
    return new StreamInferError('BROKER_UNREACHABLE', messageOf(error), { cause: error });
  }

  #requireBulk(): void {
    this.#bulkWanted = true;
    this.#wakeBulk?.();
  }

  /** Waits for the first bulk publish, until `signal` aborts; rejects when new producers are required. */
  async #liveInBulk(options: ProducerOptions, signal: AbortSignal): Promise<void> {
    // One for each session: a promise for all of them would keep the waits of ended sessions.
    const wanted = new Deferred();
    this.#wakeBulk = () => wanted.resolve();
    if (!this.#bulkWanted) await Promise.race([wanted.promise, aborted(signal)]);
    if (signal.aborted) return;
    const bulk = new BulkPublisher(options);
    try {
      await bulk.client.connect();
      this.#bulk = bulk;
      await bulk.client.untilBroken(signal);
    } finally {
      this.#bulk = undefined;
      await bulk.end();
    }
  }
}
