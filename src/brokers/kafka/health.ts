import type { ConnectionStatus } from '../../core/ports';
import { messageOf, StreamInferError } from '../../core/errors';
import { Answers } from './answers';
import { RecentEvent } from './recent-event';
import {
  causeInLog,
  isAuthenticationFailure,
  connectionOf,
  isClosedConnection,
  isRefusal,
  isUnreachable,
  kafkaCodeOf,
  KAFKA,
} from './errors';
import { hasReachableBroker, isIdleProducer, type Statistics } from './statistics';

/**
 * After this time without a broker, ms, a new client starts from its bootstrap servers; the old one may never
 * recover.
 */
const GIVE_UP = 30_000;

/**
 * Called when the connection is lost or restored, and when the reason changes.
 *
 * @param reachable false: no broker answers; true for a broker that rejects the client, and for a client without a token
 */
export type OnHealth = (status: ConnectionStatus, reachable: boolean) => void;

export interface HealthOptions {
  /** For people, `bootstrap.servers`. */
  readonly address: string;
  readonly outages?: RecentEvent;
  readonly onChange?: OnHealth;
  /** Tokens of this client: without one, the broker cannot be blamed. */
  readonly tokens?: { readonly trouble: string | undefined } | undefined;
}

/**
 * Connection state of one client. A closed connection alone is not a sign of trouble: brokers close idle ones, and
 * the client opens another when needed. An outage is a connection that cannot be established, a client with pending
 * work and no broker, or a broker that leaves requests unanswered. The statistics, once a second, precede a
 * consumer's prefetched messages.
 */
export class Health {
  readonly #what: string;
  /** Number of bootstrap addresses. */
  readonly #servers: number;
  readonly #outages: RecentEvent;
  readonly #onChange: OnHealth;
  readonly #tokens: HealthOptions['tokens'];
  readonly #answers = new Answers();
  #trouble: string | undefined;
  /** `performance.now()` at the beginning of the outage. */
  #unreachableSince: number | undefined;
  /** Every connection was closed, and none was established since. */
  #allClosed = false;
  /** Why one of them could not be re-established. */
  #connectFailure: StreamInferError | undefined;
  /** Names of the connections with such a failure in the log. */
  readonly #failed = new Set<string>();
  /** A broker that rejects the client is still connected: only an answer ends that state. */
  #refused = false;

  constructor({ address, outages = new RecentEvent(), onChange = () => undefined, tokens }: HealthOptions) {
    this.#what = `Kafka at ${address}`;
    this.#servers = address.split(',').length;
    this.#outages = outages;
    this.#onChange = onChange;
    this.#tokens = tokens;
  }

  onError(error: unknown): void {
    if (isRefusal(error)) {
      // A new connection that answers is proof of another, accepted token or password.
      this.#refused ||= !isAuthenticationFailure(error);
      this.#set(`${this.#what} rejects this client: ${messageOf(error)}`);
    } else if (kafkaCodeOf(error) === KAFKA.ALL_BROKERS_DOWN) {
      this.#allClosed = true;
      this.#onNoConnection();
    } else if (isUnreachable(error) && !isClosedConnection(error))
      this.#onUnreachable(`${this.#what} does not answer: ${messageOf(error)}`);
  }

  /** @returns why connecting failed, if the line contains it; of several brokers another one may be available */
  onLog(line: string | undefined): StreamInferError | undefined {
    const cause = causeInLog(line, this.#what);
    if (cause === undefined) return undefined;
    this.#connectFailure = cause;
    this.#failed.add(connectionOf(line) ?? '');
    // Before the first connection only the log reports failures.
    if (this.#failed.size >= this.#servers) this.#allClosed = true;
    this.#onNoConnection();
    return cause;
  }

  onStatistics(statistics: Statistics): void {
    if (!hasReachableBroker(statistics)) {
      if (!isIdleProducer(statistics))
        this.#onUnreachable(`${this.#what} does not answer: no connection to any of its brokers`);
      return;
    }
    const answers = this.#answers.evaluate(statistics);
    if (answers === 'answering') this.#onReachable();
    else if (answers === 'silent') this.onSilence('it leaves requests unanswered');
  }

  onSilence(why: string): void {
    this.#onUnreachable(`${this.#what} does not answer: ${why}`);
  }

  onAnswer(): void {
    this.#refused = false;
    this.#onReachable();
  }

  /** How long no broker has been reachable, ms; 0 while one is. */
  get unreachableMs(): number {
    return this.#unreachableSince === undefined ? 0 : performance.now() - this.#unreachableSince;
  }

  /** Why a new client is required; undefined while this one may recover. */
  get lost(): StreamInferError | undefined {
    if (this.unreachableMs < GIVE_UP) return undefined;
    return new StreamInferError('BROKER_UNREACHABLE', this.#trouble ?? `${this.#what} does not answer`);
  }

  status(): ConnectionStatus {
    if (this.#trouble === undefined) return { state: 'up' };
    return { state: 'down', reason: this.#tokens?.trouble ?? this.#trouble };
  }

  #onNoConnection(): void {
    if (this.#allClosed && this.#connectFailure !== undefined)
      this.#onUnreachable(this.#connectFailure.message);
  }

  #onReachable(): void {
    this.#allClosed = false;
    this.#connectFailure = undefined;
    this.#failed.clear();
    this.#unreachableSince = undefined;
    if (!this.#refused) this.#set(undefined);
  }

  #onUnreachable(why: string): void {
    this.#outages.note();
    this.#unreachableSince ??= performance.now();
    if (this.#trouble === undefined) this.#set(why);
  }

  #set(trouble: string | undefined): void {
    if (this.#trouble === trouble) return;
    this.#trouble = trouble;
    const isBlameless = this.#tokens?.trouble !== undefined;
    this.#onChange(this.status(), isBlameless || this.#unreachableSince === undefined);
  }
}

/** The supervisor knows whether a working client exists, the client knows the state of its brokers. */
export function statusOf(
  supervised: ConnectionStatus,
  client: ConnectionStatus | undefined,
): ConnectionStatus {
  if (client === undefined || supervised.state === 'closed') return supervised;
  if (supervised.state === 'up') return client;
  return client.reason === undefined ? supervised : { state: supervised.state, reason: client.reason };
}
