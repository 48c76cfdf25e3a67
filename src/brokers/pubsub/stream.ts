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

/** How long a lease is kept alive, minutes; after it the message comes again. */
const MAX_EXTENSION = 10;
/** How long messages that are being worked on may still be acked after their stream ended, s. */
const AFTERLIFE = 30;
/** How long `close` may take when the broker does not answer, s; a timer of the client keeps the process alive so long. */
const CLOSE_TIME = 4;
/** What `close` needs after the time that `stop` was given, s. */
const AFTER_STOP = 5;

export interface StreamHandlers {
  /** Must not throw: the client would swallow it and keep the message leased. */
  onMessage(message: Message): void;
  /** The stream was interrupted; the client tries again by itself. */
  onTrouble(error: Error): void;
  /** The client gave up: NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED, UNKNOWN and the like. Called once. */
  onEnd(error: unknown): void;
}

/** One streaming pull on a subscription, from its start until `close` or until the client gives it up. */
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
      // The limits are what the server is told; see Inbox for why the client does not apply them.
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
   * Stops receiving at once; what was received may be acked for at most `withinMs` more, and its leases are extended.
   * Then, at the latest, `close` must be called.
   */
  stop(withinMs: number): void {
    this.#stopped ??= this.#end(this.#seconds(withinMs / 1_000 + AFTER_STOP));
  }

  /**
   * Stops receiving at once. Resolves when everything received was acked or nacked and the broker has heard of it, at
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

  /** The listeners stay for ever: an `error` event without one would end the process. */
  #listen(): void {
    let reason: unknown = new Error('The stream was closed.');
    this.#subscription.on('error', (error: unknown) => {
      reason = error;
      // `isOpen` goes false a moment after the event if this is the end of the stream.
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
