import type { ConnectionStatus } from '../../core/ports';
import { messageOf, StreamInferError } from '../../core/errors';
import { Answers } from './answers';
import { Lately } from './lately';
import {
  causeInLog,
  connectionOf,
  isClosedConnection,
  isRefusal,
  isUnreachable,
  kafkaCodeOf,
  KAFKA,
} from './errors';
import { hasReachableBroker, isIdleProducer, type Statistics } from './statistics';

/** Without a broker for so long, ms: a new client starts from its bootstrap servers, the old one may never find back. */
const GIVE_UP = 30_000;

export interface HealthOptions {
  /** For people, `bootstrap.servers`. */
  readonly address: string;
  readonly outages?: Lately;
  /** Told when the connection is lost, when it is back, and when the reason changes. */
  readonly onChange?: (status: ConnectionStatus) => void;
}

/**
 * How the connection of one client stands. That a connection was closed says nothing yet: brokers close idle ones, and the
 * client opens another when it has something to send. An outage is a connection that does not come about, a client with
 * something to do and no broker (by its statistics, once a second, which also overtake a consumer's prefetched messages), or
 * a broker that leaves requests unanswered.
 */
export class Health {
  readonly #what: string;
  /** How many addresses there are to begin with. */
  readonly #servers: number;
  readonly #outages: Lately;
  readonly #onChange: (status: ConnectionStatus) => void;
  readonly #answers = new Answers();
  #trouble: string | undefined;
  /** `performance.now()` of the beginning of the outage. */
  #unreachableSince: number | undefined;
  /** Every connection was closed, and none has come since. */
  #allClosed = false;
  /** Why one of them did not come about again. */
  #connectFailure: StreamInferError | undefined;
  /** Those of which the log says so, by their names. */
  readonly #failed = new Set<string>();
  /** A broker that refuses is connected all the same: only an answer ends that. */
  #refused = false;

  constructor({ address, outages = new Lately(), onChange = () => undefined }: HealthOptions) {
    this.#what = `Kafka at ${address}`;
    this.#servers = address.split(',').length;
    this.#outages = outages;
    this.#onChange = onChange;
  }

  onError(error: unknown): void {
    if (isRefusal(error)) {
      this.#refused = true;
      this.#set(`${this.#what} refuses: ${messageOf(error)}`);
    } else if (kafkaCodeOf(error) === KAFKA.ALL_BROKERS_DOWN) {
      this.#allClosed = true;
      this.#onNoConnection();
    } else if (isUnreachable(error) && !isClosedConnection(error))
      this.#onUnreachable(`${this.#what} does not answer: ${messageOf(error)}`);
  }

  /** @returns why a connection did not come about, if the line says so; of several brokers another one may be there */
  onLog(line: string | undefined): StreamInferError | undefined {
    const cause = causeInLog(line, this.#what);
    if (cause === undefined) return undefined;
    this.#connectFailure = cause;
    this.#failed.add(connectionOf(line) ?? '');
    // Before the first connection nothing but the log tells.
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
    const answers = this.#answers.look(statistics);
    if (answers === 'heard') this.#onReachable();
    else if (answers === 'silent') this.onSilence('it leaves requests unanswered');
  }

  onSilence(why: string): void {
    this.#onUnreachable(`${this.#what} does not answer: ${why}`);
  }

  onAnswer(): void {
    this.#refused = false;
    this.#onReachable();
  }

  /** How long no broker has been reached, ms; 0 while one is. */
  get unreachableMs(): number {
    return this.#unreachableSince === undefined ? 0 : performance.now() - this.#unreachableSince;
  }

  /** Why only a new client may help; undefined as long as this one may find back. */
  get lost(): StreamInferError | undefined {
    if (this.unreachableMs < GIVE_UP) return undefined;
    return new StreamInferError('BROKER_UNREACHABLE', this.#trouble ?? `${this.#what} does not answer`);
  }

  status(): ConnectionStatus {
    return this.#trouble === undefined ? { state: 'up' } : { state: 'down', reason: this.#trouble };
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
    this.#onChange(this.status());
  }
}

/** The supervisor knows whether there is a client that works, the client what it hears from the brokers. */
export function statusOf(
  supervised: ConnectionStatus,
  heard: ConnectionStatus | undefined,
): ConnectionStatus {
  if (heard === undefined || supervised.state === 'closed') return supervised;
  if (supervised.state === 'up') return heard;
  return heard.reason === undefined ? supervised : { state: supervised.state, reason: heard.reason };
}
