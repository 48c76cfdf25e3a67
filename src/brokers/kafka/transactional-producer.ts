import { setTimeout as sleep } from 'node:timers/promises';

import { StreamInferError, messageOf } from '../../core/errors';
import type { CommitResult, Log, TransactionContent } from '../../core/ports';
import { hungCallOf } from './calls';
import { closeClient, connectClient, isWithinReach, produce } from './client';
import { KAFKA, fenced, isRefusal, kafkaCodeOf, toKafkaError } from './errors';
import { Health, type OnHealth } from './health';
import { tokensOf } from './identity/authenticated-sdk';
import { AFTERMATH, type RecentEvent } from './recent-event';
import { createTransactionalProducer, type NativeProducer, type NativeSdk, type Properties } from './native';
import { parseStatistics, type Statistics } from './statistics';
import * as calls from './transaction-calls';

/** Between two attempts of an unanswered call, or after a full queue, ms. */
const PAUSE = 50;
/**
 * All attempts of one call together, ms: far longer than a transaction may last. After it a new producer is required.
 */
const INSIST = 60_000;
/** A commit that takes longer may have been sent twice, ms. */
const SLOW_COMMIT = 500;
/** Marks librdkafka's log line about a transaction that failed because the broker refused a message. */
const REFUSED_MESSAGE = '(MSG_SIZE_TOO_LARGE)';

export interface TransactionalProducerOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  readonly address: string;
  readonly log: Log;
  readonly outages: RecentEvent;
  readonly onStatus: OnHealth;
  /** A new pair of producer and consumer is required; FENCED: permanent. */
  readonly onBroken: (error: StreamInferError) => void;
}

/** The life of one native transactional producer: open → commit … → stop → end. It never reconnects. */
export class TransactionalProducer {
  readonly health: Health;
  readonly #producer: NativeProducer;
  readonly #stopping = new AbortController();
  readonly #timeoutMs: number;
  #connected = false;
  #failure: StreamInferError | undefined;
  /** `performance.now()` at the beginning of the open transaction. */
  #openSince: number | undefined;
  /** It may already be committed, so it can no longer be aborted. */
  #committing = false;
  /** `performance.now()` of the last proof that its connections work. */
  #provenAt = -Infinity;
  /** For whatever reason: see #break. */
  #isFenced = false;
  /** A connection was closed, or a call was repeated, during the last transaction. */
  #disturbed = false;
  #running: Promise<unknown> | undefined;

  constructor(private readonly options: TransactionalProducerOptions) {
    const { address, outages, onStatus } = options;
    this.health = new Health({ address, outages, onChange: onStatus, tokens: tokensOf(options.sdk) });
    this.#timeoutMs = Number(options.properties['transaction.timeout.ms']);
    this.#producer = createTransactionalProducer(options.sdk, options.properties);
  }

  /** Connects, and aborts open transactions of a predecessor, before the consumer reads its position. */
  async open(signal: AbortSignal): Promise<void> {
    this.#listen();
    await connectClient(this.#producer).catch((error: unknown) => {
      throw this.#failure ?? this.#named(error, 'BROKER_UNREACHABLE');
    });
    this.#connected = true;
    this.#producer.setPollInBackground(true);
    const giveUp = (): void => this.#stopping.abort();
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    try {
      await this.#insist(() => calls.initTransactions(this.#producer));
      this.#provenAt = performance.now();
    } catch (error) {
      throw this.#named(error, 'BROKER_UNREACHABLE');
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /**
   * A request of the last transaction may have been sent twice. A delayed duplicate would end the next transaction of
   * this producer prematurely (KIP-890), but not that of a new producer, whose epoch is higher.
   */
  get inDoubt(): boolean {
    return this.#disturbed;
  }

  /** Its connections may have died in an outage: it would find out one by one, after the whole time-out of a request. */
  get isStale(): boolean {
    return this.options.outages.since(this.#provenAt);
  }

  /** Rejects when nothing was committed, or when this producer is unusable. */
  async commit(messages: TransactionContent['messages'], advanced: calls.Advanced): Promise<CommitResult> {
    const running = Promise.resolve(this.#running).then(() => this.#commit(messages, advanced));
    this.#running = running.catch(() => undefined);
    return await running;
  }

  /**
   * Whether a newer producer has the name of this one, which no outage explains. Asks the broker by a transaction that
   * `probe` leaves empty.
   */
  async isFenced(probe: calls.Advanced): Promise<boolean> {
    await this.commit(new Map(), probe).catch((error: unknown) => this.#note(error));
    return this.#isFenced && !this.options.outages.within(AFTERMATH);
  }

  /** No further calls; resolves when the running one has ended. Before the consumer's disconnect. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** @param exiting the process is about to end; as with the consumer, an unresponsive broker is not contacted */
  async end(exiting: boolean): Promise<void> {
    if (!this.#connected) return;
    this.#connected = false;
    if (exiting && !(await isWithinReach(this.#producer, this.health))) return;
    // Readers of committed messages wait behind an open transaction until it times out.
    if (this.#openSince !== undefined && !this.#committing && this.#failure === undefined && !this.#isHung)
      await calls.abortTransaction(this.#producer).catch((error: unknown) => this.#note(error));
    await closeClient(this.#producer, this.options, exiting);
  }

  async #commit(messages: TransactionContent['messages'], advanced: calls.Advanced): Promise<CommitResult> {
    this.#assertUsable();
    try {
      if (this.#openSince !== undefined) await this.#abort();
      await calls.beginTransaction(this.#producer);
      this.#openSince = performance.now();
      this.#disturbed = false;
      await this.#produceAll(messages);
      if (!(await this.#insistOnOffsets(advanced))) {
        await this.#abort();
        return 'stale';
      }
      this.#committing = true;
      const committing = performance.now();
      await this.#insist(() => calls.commitTransaction(this.#producer));
      if (performance.now() - committing > SLOW_COMMIT) this.#disturbed = true;
      this.#onEnd();
      this.#provenAt = performance.now();
      this.health.onAnswer();
      return 'committed';
    } catch (error) {
      return await this.#onFailure(error);
    }
  }

  get #isHung(): boolean {
    return hungCallOf(this.#producer) !== undefined;
  }

  async #produceAll(messages: TransactionContent['messages']): Promise<void> {
    for (const [topic, list] of messages) {
      for (const message of list) {
        for (;;) {
          this.#assertUsable();
          const error = produce(this.#producer, topic, message);
          if (error === undefined) break;
          if (kafkaCodeOf(error) !== KAFKA.QUEUE_FULL) throw error as Error;
          await sleep(PAUSE);
        }
      }
    }
  }

  async #insistOnOffsets(advanced: calls.Advanced): Promise<boolean> {
    let ours = false;
    await this.#insist(async () => {
      ours = await advanced.sendOffsets((consumer, offsets) =>
        calls.sendOffsets(this.#producer, consumer, offsets),
      );
    });
    return ours;
  }

  /** Repeats the same call until it is answered: that continues it and avoids an unknown result. */
  async #insist(call: () => Promise<void>): Promise<void> {
    const until = performance.now() + INSIST;
    for (;;) {
      this.#assertUsable();
      try {
        return await call();
      } catch (error) {
        if (!calls.isRetriable(error) || calls.isFatal(error) || performance.now() > until) throw error;
        this.#disturb();
        this.#note(error);
        await sleep(PAUSE);
      }
    }
  }

  async #onFailure(thrown: unknown): Promise<CommitResult> {
    this.#note(thrown);
    const error = await this.#causeOf(thrown);
    if (this.#failure !== undefined || this.#stopping.signal.aborted)
      throw this.#named(error, 'PUBLISH_FAILED');
    if (calls.isFatal(error) || this.#isHung || this.#openSince === undefined) throw this.#break(error);
    const tooLarge = kafkaCodeOf(error) === KAFKA.MSG_SIZE_TOO_LARGE;
    try {
      await this.#abort();
    } catch (aborting) {
      throw this.#failure ?? this.#break(aborting);
    }
    if (tooLarge) return 'too large';
    throw this.#named(error, 'PUBLISH_FAILED');
  }

  /** If the transaction fails while a call is in flight, librdkafka reports only a wrong state, without the cause. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (kafkaCodeOf(error) !== KAFKA.STATE || this.#openSince === undefined || this.#isHung) return error;
    return (await calls.failureOf(this.#producer)) ?? error;
  }

  async #abort(): Promise<void> {
    this.#committing = false;
    await this.#insist(() => calls.abortTransaction(this.#producer));
    this.#onEnd();
  }

  #disturb(): void {
    if (this.#openSince !== undefined) this.#disturbed = true;
  }

  #onEnd(): void {
    this.#openSince = undefined;
    this.#committing = false;
  }

  #assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stopping.signal.aborted)
      throw new StreamInferError('PUBLISH_FAILED', 'the producer is closing');
  }

  /**
   * A broker fences a producer when another one started with its name. In that case its consumer is fenced too, and
   * reports it. It also fences after a transaction that was open for too long, or an answer lost in an outage; then a
   * new pair continues.
   */
  #break(error: unknown): StreamInferError {
    const openMs = this.#openSince === undefined ? 0 : performance.now() - this.#openSince;
    const aftermath = openMs >= this.#timeoutMs || this.options.outages.within(AFTERMATH);
    this.#isFenced = calls.isFenced(error);
    const replaced = this.#isFenced && !aftermath;
    const failure = replaced ? fenced(error) : this.#named(error, 'SOURCE_LOST', 'SOURCE_LOST');
    this.#failure = failure;
    this.options.onBroken(failure);
    return failure;
  }

  #named(
    error: unknown,
    otherwise: 'BROKER_UNREACHABLE' | 'PUBLISH_FAILED' | 'SOURCE_LOST',
    always?: 'SOURCE_LOST',
  ) {
    const what = `Kafka at ${this.options.address}`;
    if (always !== undefined)
      return new StreamInferError(always, `${what}: ${messageOf(error)}`, { cause: error });
    return toKafkaError(error, what, otherwise);
  }

  #note(error: unknown): void {
    this.health.onError(error);
    this.options.log.debug({ code: kafkaCodeOf(error), error: messageOf(error) }, 'kafka transaction');
  }

  #listen(): void {
    this.#producer.on('event.error', (error) => {
      this.#disturb();
      this.#note(error);
      if (!this.#connected && isRefusal(error)) this.#failure ??= this.#named(error, 'BROKER_UNREACHABLE');
    });
    this.#producer.on('event.stats', (event: { message?: string }) => {
      const statistics = parseStatistics(event);
      if (statistics !== undefined) this.#onStatistics(statistics);
    });
    this.#producer.on('event.log', (event: { message?: string }) => {
      // librdkafka logs lost connections at this level, which may repeat a request. A refused message was answered.
      if (event.message?.includes(REFUSED_MESSAGE) !== true) this.#disturb();
      this.health.onLog(event.message);
      this.options.log.debug({ librdkafka: event.message }, 'kafka transactional producer');
    });
  }

  #onStatistics(statistics: Statistics): void {
    this.health.onStatistics(statistics);
    const { lost } = this.health;
    if (lost !== undefined && this.#failure === undefined) this.#break(lost);
  }
}
