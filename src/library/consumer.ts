import { setMaxListeners } from 'node:events';
import { Backoff } from '../core/async/backoff';
import { Semaphore } from '../core/async/semaphore';
import { untilAborted } from '../core/async/until-aborted';
import { StreamInferError, messageOf, type RejectionCode } from '../core/errors';
import type { Delivery } from '../core/message';
import type { ConnectionStatus, Log, MessageSink, MessageSource, PartitionLag } from '../core/ports';
import { Attempt } from './attempt';
import type { ConsumerSettings } from './consumer-options';
import { DeadLetterWriter } from './dead-letter-writer';
import {
  deserializeDelivery,
  isPromise,
  type DescribedMessage,
  type DeserializeOptions,
} from './deserialize';
import type { ManualMessage } from './message';
import type { Deserializer } from './serialization';

/** Reads a topic and passes each message to a handler, until it is closed. */
export interface Consumer {
  readonly topic: string;
  /** Resolves when connected; rejects if the consumer ends first, or with ABORTED when `signal` aborts. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Resolves when closed; rejects if the consumer cannot continue. Optional, because `onError` gets the error too. */
  readonly done: Promise<void>;
  status(): ConnectionStatus;
  /** Lag by partition; empty if the broker does not report it. */
  lag(): Promise<readonly PartitionLag[]>;
  /**
   * Takes nothing new, waits for running handlers and frees all resources. Unsettled messages are redelivered.
   * Do not await it inside a handler: it would wait for itself.
   */
  close(): Promise<void>;
}

export interface HandlingConsumerOptions<T> {
  readonly topic: string;
  readonly settings: ConsumerSettings;
  readonly source: MessageSource;
  /** For dead letters; null if there are none. */
  readonly sink: MessageSink | null;
  /** Creates missing topics if enabled. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly deserialize: Deserializer<T>;
  readonly handler: (message: ManualMessage<T>) => unknown;
  readonly onError: (error: StreamInferError, delivery: Delivery | null) => void;
  readonly log: Log;
  readonly onClosed: () => void;
}

/** First and longest wait between two attempts, ms. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;

/** prepare → open → receive → (deserialize → attempt … → settle or dead letter) → close. */
export class HandlingConsumer<T> implements Consumer {
  readonly done: Promise<void>;
  readonly #handlers: Semaphore;
  readonly #deserializing: DeserializeOptions<T>;
  readonly #deadLetters: DeadLetterWriter | null;
  readonly #stopping = new AbortController();
  /** Aborts when the consumer stops waiting for handlers. */
  readonly #abandoned = new AbortController();
  readonly #opened: Promise<void>;
  /** Latest message in work by key, so that one key stays in order. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #failure: StreamInferError | undefined;
  #wake: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(private readonly options: HandlingConsumerOptions<T>) {
    const { settings, sink, source, log } = options;
    // Each running handler adds a listener; Node warns about a leak from eleven on.
    setMaxListeners(0, this.#abandoned.signal);
    this.#handlers = new Semaphore(settings.concurrency);
    this.#deserializing = {
      deserialize: options.deserialize,
      timeoutMs: settings.handlerTimeoutMs,
      abandoned: this.#abandoned.signal,
    };
    this.#deadLetters =
      sink === null || settings.deadLetterTopic === null
        ? null
        : new DeadLetterWriter({
            topic: settings.deadLetterTopic,
            sink,
            source,
            log,
            signal: this.#abandoned.signal,
          });
    this.#opened = this.#open();
    this.done = this.#live();
    this.done.catch(() => undefined);
  }

  get topic(): string {
    return this.options.topic;
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await (signal ? untilAborted(this.#opened, signal) : this.#opened);
  }

  status(): ConnectionStatus {
    if (this.#closed === undefined && this.#deadLetters?.stalled === true) {
      const reason = `The topic ${this.options.settings.deadLetterTopic} is not accepting dead letters.`;
      return { state: 'down', reason };
    }
    return this.options.source.status();
  }

  lag(): Promise<readonly PartitionLag[]> {
    return this.options.source.lag();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #open(): Promise<void> {
    const { signal } = this.#stopping;
    await this.options.prepare(signal);
    await this.options.sink?.open(signal);
    await this.options.source.open(signal);
  }

  async #live(): Promise<void> {
    try {
      await this.#opened;
      await this.#receiveAll(this.#stopping.signal);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#fail(error, null);
    }
    await this.close();
    if (this.#failure) throw this.#failure;
  }

  async #receiveAll(signal: AbortSignal): Promise<void> {
    const { source, settings } = this.options;
    while (!signal.aborted) {
      const room = settings.maxInFlight - this.#running.size;
      if (room <= 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      else for (const delivery of await source.receive(room, signal)) this.#take(delivery);
    }
  }

  #take(delivery: Delivery): void {
    const handled = this.#afterItsKey(delivery, () => this.#handle(delivery))
      .catch((error: unknown) => this.#fail(error, delivery))
      .finally(() => {
        this.#running.delete(handled);
        this.#wake?.();
      });
    this.#running.add(handled);
  }

  #afterItsKey(delivery: Delivery, handle: () => Promise<void>): Promise<void> {
    const { concurrency, settle } = this.options.settings;
    // Concurrency 1 keeps the order; with manual settling a handler may wait for further messages of the key.
    if (delivery.key === null || concurrency === 1 || settle === 'manual') return handle();
    const key = delivery.key.toString('latin1');
    const mine = (this.#tails.get(key) ?? Promise.resolve()).then(handle);
    const tail = mine.catch(() => undefined);
    this.#tails.set(key, tail);
    void tail.then(() => this.#tails.get(key) === tail && this.#tails.delete(key));
    return mine;
  }

  async #handle(delivery: Delivery): Promise<void> {
    const release = await this.#handlers.acquire();
    try {
      if (!this.#wanted(delivery)) return;
      const about = await deserializeDelivery(delivery, this.#deserializing);
      if (about === null) this.#report(lost(delivery), delivery);
      else if (about instanceof Error) await this.#giveUp(delivery, about, 'deserialize', 1);
      else await this.#attemptAll(delivery, about, release);
    } finally {
      release();
    }
  }

  async #attemptAll(delivery: Delivery, about: DescribedMessage<T>, release: () => void): Promise<void> {
    const { attempts, settle } = this.options.settings;
    const backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT);
    for (let number = 1; this.#wanted(delivery); number++) {
      const attempt = this.#createAttempt(delivery, about, number);
      void attempt.run(this.options.handler);
      // A handler that settles later may wait for the next messages.
      if (settle === 'manual') void attempt.returned.then(release);
      const result = await attempt.result;
      if (result.kind === 'settled') return this.options.source.settle([delivery]);
      if (result.kind === 'lost') return this.#report(lost(delivery), delivery);
      if (number >= attempts) return await this.#giveUp(delivery, result.error, 'handler', number);
      this.#report(result.error, delivery);
      await backoff.wait(this.#stopping.signal);
    }
  }

  #createAttempt(delivery: Delivery, about: DescribedMessage<T>, number: number): Attempt<T> {
    const { settings, source } = this.options;
    return new Attempt({
      about,
      number,
      settle: settings.settle,
      timeoutMs: settings.handlerTimeoutMs,
      isCurrent: () => source.isCurrent(delivery),
      abandoned: this.#abandoned.signal,
      report: (error) => this.#report(error, delivery),
    });
  }

  /** False if the message would be a duplicate or is left to the next reader. */
  #wanted(delivery: Delivery): boolean {
    return !this.#stopping.signal.aborted && this.options.source.isCurrent(delivery);
  }

  async #giveUp(
    delivery: Delivery,
    error: StreamInferError,
    stage: 'deserialize' | 'handler',
    attempts: number,
  ): Promise<void> {
    this.#report(error, delivery);
    if (this.#deadLetters !== null) {
      const code = error.code as RejectionCode;
      await this.#deadLetters.write(delivery, { code, message: error.message, stage, attempts });
    } else if (this.options.settings.group !== null) throw error;
  }

  #report(error: StreamInferError, delivery: Delivery | null): void {
    const failed = (thrown: unknown): void =>
      this.options.log.error({ error: messageOf(thrown), about: error.message }, 'onError threw; continuing');
    try {
      // The type also allows an async function, whose rejection would be unhandled.
      const returned: unknown = this.options.onError(error, delivery);
      if (isPromise(returned)) void returned.then(undefined, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  /** The first failure ends the consumer, so that no message is skipped without an outcome. */
  #fail(error: unknown, delivery: Delivery | null): void {
    const known = StreamInferError.from(error);
    if (known.code === 'ABORTED' && this.#abandoned.signal.aborted) return;
    if (this.#failure === undefined) {
      this.#failure = known;
      // Failures of a message have been reported already.
      if (delivery === null || !(known.code.startsWith('HANDLER') || known.code === 'DESERIALIZE_FAILED'))
        this.#report(known, delivery);
    }
    this.#stopping.abort();
    this.#wake?.();
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    const { drainTimeoutMs } = this.options.settings;
    this.options.source.stop?.(drainTimeoutMs);
    const budget = setTimeout(() => this.#abandoned.abort(), drainTimeoutMs);
    await Promise.all(this.#running);
    clearTimeout(budget);
    this.#abandoned.abort();
    await this.#opened.catch(() => undefined);
    await this.options.source.close();
    await this.options.sink?.close();
    this.options.onClosed();
  }
}

function lost(delivery: Delivery): StreamInferError {
  const what = `${delivery.sourceId} was lost before it was settled; it is redelivered`;
  return new StreamInferError('DELIVERY_LOST', what);
}
