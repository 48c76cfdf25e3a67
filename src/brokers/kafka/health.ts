import type { ConnectionStatus } from '../../core/ports';
import { messageOf } from '../../core/errors';
import { Lately } from './lately';
import { isRefusal, isUnreachable } from './errors';
import { hasReachableBroker, type Statistics } from './statistics';

/**
 * How the connection of one client stands. Errors say at once that it went down, but a consumer may see them only
 * behind its prefetched messages; the statistics, once a second, overtake those and say both.
 */
export class Health {
  #trouble: string | undefined;
  /** A broker that refuses is connected all the same: only an answer ends that. */
  #refused = false;

  /** @param address for people, `bootstrap.servers` */
  constructor(
    private readonly address: string,
    private readonly outages = new Lately(),
  ) {}

  onError(error: unknown): void {
    if (isRefusal(error)) {
      this.#refused = true;
      this.#trouble = `Kafka at ${this.address} refuses: ${messageOf(error)}`;
    } else if (isUnreachable(error)) this.#onUnreachable(messageOf(error));
  }

  onStatistics(statistics: Statistics): void {
    if (!hasReachableBroker(statistics)) this.#onUnreachable('no connection to any of its brokers');
    else if (!this.#refused) this.#trouble = undefined;
  }

  onAnswer(): void {
    this.#refused = false;
    this.#trouble = undefined;
  }

  status(): ConnectionStatus {
    return this.#trouble === undefined ? { state: 'up' } : { state: 'down', reason: this.#trouble };
  }

  #onUnreachable(why: string): void {
    this.outages.note();
    this.#trouble ??= `Kafka at ${this.address} does not answer: ${why}`;
  }
}

/** The supervisor knows whether there is a client that works, the client's health what it hears from the brokers. */
export function statusOf(supervised: ConnectionStatus, health: Health | undefined): ConnectionStatus {
  const heard = health?.status();
  if (heard === undefined || supervised.state === 'closed') return supervised;
  if (supervised.state === 'up') return heard;
  return heard.reason === undefined ? supervised : { state: supervised.state, reason: heard.reason };
}
