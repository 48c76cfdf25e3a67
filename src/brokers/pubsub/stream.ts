import type * as PubsubLibrary from '@google-cloud/pubsub';
import type {
  DebugMessage,
  Duration,
  Message,
  PubSub,
  Subscription,
  SubscriptionOptions,
} from '@google-cloud/pubsub';

import type { SourceOptions } from '../../core/ports';

/** How long a lease is extended, minutes; then the message is redelivered. */
const MAX_EXTENSION = 10;
/** How long messages in progress can still be acked after the end of their stream, s. */
const AFTERLIFE = 30;
/** Longest `close` when the broker does not answer, s; a timer of the client keeps the process alive during it. */
const CLOSE_TIME = 4;
/** Additional time for `close` after the time passed to `stop`, s. */
const AFTER_STOP = 5;

export interface StreamHandlers {
  /** Must not throw: the client would ignore the error and keep the message leased. */
  onMessage(message: Message): void;
  /** The stream was interrupted; the client retries by itself. */
  onTrouble(error: Error): void;
  /** The client gave up: NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED, UNKNOWN and others. Called once. */
  onEnd(error: unknown): void;
}

/** One streaming pull on a subscription, from its start until `close` or until the client gives up. */
export class SubscriptionStream {
  readonly #subscription: Subscription;
  readonly #options: SubscriptionOptions;
  readonly #seconds: (seconds: number) => Duration;
  #over = false;
  #stopped: Promise<void> | undefined;

  constructor(
    client: PubSub,
    library: typeof PubsubLibrary,
    name: string,
    options: SourceOptions,
    private readonly handlers: StreamHandlers,
  ) {
    const { Duration } = library;
    this.#seconds = (seconds) => Duration.from({ seconds });
    this.#options = {
      // The limits are sent to the server; Inbox explains why the client does not apply them.
      flowControl: {
        maxMessages: Math.min(options.maxInFlight, options.maxLeased ?? Infinity),
        maxBytes: options.maxInFlightBytes,
        allowExcessMessages: true,
      },
      streamingOptions: { maxStreams: 1, retryMaxBackoff: Duration.from({ seconds: 5 }) },
      maxExtensionTime: Duration.from({ minutes: MAX_EXTENSION }),
      batching: { maxMilliseconds: 20 },
      closeOptions: { behavior: 'WAIT', timeout: Duration.from({ seconds: AFTERLIFE }) },
    };
    this.#subscription = client.subscription(name, this.#options);
    this.#listen();
  }

  /**
   * Stops receiving at once; received messages may be acked for at most `withinMs` more, with extended leases. Then
   * `close` must be called.
   */
  stop(withinMs: number): void {
    this.#stopped ??= this.#end(this.#seconds(withinMs / 1_000 + AFTER_STOP));
  }

  /**
   * Stops receiving at once. Resolves when all received messages were acked or nacked and the broker was notified, at
   * the latest after CLOSE_TIME.
   */
  async close(): Promise<void> {
    await (this.#stopped ??= this.#end(this.#seconds(CLOSE_TIME)));
  }

  async #end(timeout: Duration): Promise<void> {
    this.#over = true;
    this.#subscription.setOptions({ ...this.#options, closeOptions: { behavior: 'WAIT', timeout } });
    await this.#subscription.close();
  }

  /** The listeners are never removed: an `error` event without one would end the process. */
  #listen(): void {
    let reason: unknown = new Error('the stream was closed');
    this.#subscription.on('error', (error: unknown) => {
      reason = error;
      // At the end of the stream, `isOpen` becomes false a moment after the event.
      setImmediate(() => {
        if (!this.#subscription.isOpen) this.#lost(error);
      });
    });
    this.#subscription.on('close', () => this.#lost(reason));
    this.#subscription.on('debug', ({ error }: DebugMessage) => {
      if (error !== undefined && !this.#over) this.handlers.onTrouble(error);
    });
    this.#subscription.on('message', (message: Message) => this.handlers.onMessage(message));
  }

  #lost(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.handlers.onEnd(error);
  }
}
