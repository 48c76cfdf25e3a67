import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { ConnectionStatus, Log, MessageSink, RefusedMessage } from '../../core/ports';
import { statusOf, type Health } from './health';
import type { NativeSdk, Properties } from './native';
import { Publisher } from './publisher';
import { Supervisor } from './supervisor';

export interface KafkaSinkOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  /** Resolves with what the properties do not say yet (the address of an embedded cluster). */
  readonly start: () => Promise<Properties>;
  readonly address: string;
  readonly log: Log;
  readonly onClose: (sink: KafkaSink) => void;
}

/** Publishes with the producer that is alive; after a fatal error (idempotence lost) that is a new one. */
export class KafkaSink implements MessageSink {
  readonly #supervisor: Supervisor;
  #publisher: Publisher | undefined;
  #health: Health | undefined;

  constructor(private readonly options: KafkaSinkOptions) {
    const live = (onUp: () => void, signal: AbortSignal): Promise<void> => this.#live(onUp, signal);
    this.#supervisor = new Supervisor({
      name: 'kafka sink',
      otherwise: 'PUBLISH_FAILED',
      log: options.log,
      live,
    });
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#supervisor.open(signal);
  }

  async publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    more = false,
  ): Promise<readonly RefusedMessage[]> {
    if (this.#publisher !== undefined) return await this.#publisher.publish(topic, messages, more);
    const reason = this.status().reason ?? 'not connected';
    throw new StreamInferError('PUBLISH_FAILED', `Cannot publish to ${topic}: ${reason}`);
  }

  status(): ConnectionStatus {
    return statusOf(this.#supervisor.state, this.#health);
  }

  async flush(): Promise<void> {
    await this.#publisher?.drained();
  }

  async close(): Promise<void> {
    await this.#supervisor.close();
    this.options.onClose(this);
  }

  async #live(onUp: () => void, signal: AbortSignal): Promise<void> {
    const { sdk, address, log } = this.options;
    const properties = { ...this.options.properties, ...(await this.options.start()) };
    const publisher = new Publisher({ sdk, properties, address, log });
    this.#health = publisher.health;
    try {
      await publisher.connect();
      this.#publisher = publisher;
      onUp();
      await publisher.untilBroken(signal);
    } finally {
      this.#publisher = undefined;
      this.#health = undefined;
      await publisher.end();
    }
  }
}
