import { setMaxListeners } from 'node:events';
import { StreamInferError } from '../../core/errors';
import { byteSize, type OutgoingMessage } from '../../core/message';
import type { ConnectionStatus, Log, MessageSink, RefusedMessage } from '../../core/ports';
import type { StoredMessage } from './partition-log';
import type { MemoryTopic } from './topic';

export class MemorySink implements MessageSink {
  #status: ConnectionStatus = { state: 'connecting', reason: 'it is not open yet' };
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  /** @param findTopic creates the topic if missing */
  constructor(
    private readonly findTopic: (name: string) => MemoryTopic,
    private readonly log: Log,
    private readonly onClose: (sink: MemorySink) => void,
  ) {
    // One listener for each publish that waits for room.
    setMaxListeners(0, this.#closing.signal);
  }

  async open(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new StreamInferError('ABORTED', 'opening the sink was cancelled');
    this.#status = { state: 'up' };
  }

  /** Waits while a partition is full of unsettled messages; rejects with PUBLISH_FAILED when closed meanwhile. */
  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<readonly RefusedMessage[]> {
    const publishing = this.#append(topic, messages);
    this.#pending.add(publishing);
    try {
      await publishing;
      return [];
    } finally {
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
    this.#status = { state: 'closed' };
    this.#closing.abort();
    await this.flush();
    this.onClose(this);
  }

  async #append(name: string, messages: readonly OutgoingMessage[]): Promise<void> {
    let topic = this.findTopic(name);
    for (const message of messages) {
      const stored = toStored(message);
      this.#assertOpen();
      while (!topic.tryAppend(stored)) {
        topic.announce();
        await this.#room(topic);
        this.#assertOpen();
        topic = this.findTopic(name);
      }
    }
    topic.announce();
  }

  async #room(topic: MemoryTopic): Promise<void> {
    this.log.debug({ topic: topic.name }, 'topic is full of unsettled messages; publisher waits');
    const { signal } = this.#closing;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        callOff();
        resolve();
      };
      const callOff = topic.onRoom(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new StreamInferError('PUBLISH_FAILED', 'the sink was closed before everything was published');
    }
  }
}

function toStored(message: OutgoingMessage): StoredMessage {
  const { key, value, headers } = message;
  return {
    key: typeof key === 'string' ? Buffer.from(key) : key,
    value,
    headers,
    timestamp: message.timestamp ?? Date.now(),
    bytes: byteSize(message),
  };
}
