import { Deferred } from '../../core/async/deferred';
import { aborted } from '../../core/async/until-aborted';
import { StreamInferError, messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import { hungCallOf } from './calls';
import { closeClient, connectClient } from './client';
import { ConnectionCheck } from './connection-check';
import { endsClient, isRefusal, kafkaCodeOf, toKafkaError, worse } from './errors';
import { Health, type OnHealth } from './health';
import { tokensOf } from './identity/authenticated-sdk';
import { createProducer, type NativeProducer, type NativeSdk, type Properties } from './native';
import { parseStatistics, type Statistics } from './statistics';

export interface ProducerOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  readonly address: string;
  readonly log: Log;
  readonly onStatus?: OnHealth;
}

export interface ProducerListeners {
  /** The delivery report of one message: `error` is null or undefined if the broker has it. */
  onReport(error: unknown, opaque: unknown): void;
  /** `failure` is set: nothing can be published any more. */
  onBroken(): void;
}

/** The life of one native producer: connect → produce … → end. It never reconnects. */
export class ProducerClient {
  readonly health: Health;
  readonly native: NativeProducer;
  readonly #check: ConnectionCheck;
  readonly #broken = new Deferred<never>();
  #failure: unknown;
  /** Of one broker, while another one may still accept the connection. */
  #refusal: unknown;
  /** Reason of a failing connection from the log; without meaning once it is connected. */
  #connectFailure: StreamInferError | undefined;
  #connecting: Promise<void> | undefined;
  #connected = false;

  constructor(
    private readonly options: ProducerOptions,
    private readonly listeners: ProducerListeners,
  ) {
    const { address, onStatus } = options;
    const tokens = tokensOf(options.sdk);
    this.health = new Health({ address, tokens, ...(onStatus && { onChange: onStatus }) });
    this.native = createProducer(options.sdk, options.properties);
    this.#check = new ConnectionCheck(this.native, options.log);
  }

  /** Why nothing can be published any more; undefined while it can. */
  get failure(): unknown {
    return this.#failure;
  }

  connect(): Promise<void> {
    this.#connecting = this.#connect();
    return this.#connecting;
  }

  /** Resolves when `signal` aborts; rejects when a new producer is required. */
  untilBroken(signal: AbortSignal): Promise<void> {
    return Promise.race([aborted(signal), this.#broken.promise]);
  }

  /** See `ConnectionCheck`. */
  tryConnections(topics: Iterable<string>): void {
    if (this.#connected) this.#check.start(topics);
  }

  onError(error: unknown): void {
    this.health.onError(error);
    this.options.log.debug({ code: kafkaCodeOf(error), error: messageOf(error) }, 'kafka producer error');
    if (endsClient(error) || hungCallOf(this.native) !== undefined) this.#break(error);
    else if (!this.#connected && isRefusal(error)) this.#refusal ??= error;
  }

  /**
   * Nothing can be published any more.
   *
   * @param drained waits a bounded time for messages in flight: a disconnect drops queued ones
   */
  async end(drained: () => Promise<unknown>): Promise<void> {
    // A disconnect during a connect crashes the add-on.
    await this.#connecting?.catch(() => undefined);
    if (!this.#connected) return;
    await drained();
    this.#connected = false;
    await this.#check.finished();
    // Nothing follows that needs this client.
    await closeClient(this.native, this.options, true);
    this.#failure ??= new StreamInferError('PUBLISH_FAILED', 'the producer is closed');
    this.listeners.onBroken();
  }

  async #connect(): Promise<void> {
    this.#listen();
    await connectClient(this.native).catch((error: unknown) => {
      const cause = this.#connectFailure ?? this.#refusal ?? this.#failure ?? error;
      throw toKafkaError(cause, `Kafka at ${this.options.address}`, 'BROKER_UNREACHABLE');
    });
    this.#connected = true;
    this.native.setPollInBackground(true);
  }

  #listen(): void {
    this.native.on('delivery-report', (error: unknown, { opaque }: { opaque?: unknown }) => {
      if (error === null || error === undefined) this.health.onAnswer();
      else if (endsClient(error)) this.#break(error);
      this.listeners.onReport(error, opaque);
    });
    this.native.on('event.error', (error) => this.onError(error));
    this.native.on('event.stats', (event: { message?: string }) => {
      const statistics = parseStatistics(event);
      if (statistics !== undefined) this.#onStatistics(statistics);
    });
    this.native.on('event.log', (event: { message?: string }) => this.#onLog(event.message));
  }

  #onStatistics(statistics: Statistics): void {
    this.health.onStatistics(statistics);
    const { lost } = this.health;
    if (lost !== undefined) this.#break(lost);
  }

  #onLog(librdkafka: string | undefined): void {
    this.options.log.debug({ librdkafka }, 'kafka producer');
    const cause = this.health.onLog(librdkafka);
    if (cause !== undefined && !this.#connected) this.#connectFailure = worse(this.#connectFailure, cause);
  }

  #break(error: unknown): void {
    this.#failure ??= error;
    this.#broken.reject(toKafkaError(error, `Kafka at ${this.options.address}`, 'PUBLISH_FAILED'));
    this.listeners.onBroken();
  }
}
