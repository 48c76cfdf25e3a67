import type { Log } from '../../core/ports';
import { toPubsubError } from './errors';

/**
 * Logs once that Pub/Sub does not answer, and once that it recovered. Shared by all parts of a connection, because
 * each notices an outage at another time. The client retries most calls for long before it reports a failure.
 */
export class Outage {
  /** On the clock of `performance.now()`; undefined while the broker answers. */
  #since: number | undefined;

  constructor(private readonly log: Log) {}

  /** @returns whether the error means that the broker is unreachable; others are ignored here */
  onError(thrown: unknown): boolean {
    const error = toPubsubError(thrown, 'Pub/Sub', 'INTERNAL');
    if (error.code !== 'BROKER_UNREACHABLE') return false;
    if (this.#since === undefined)
      this.log.warn({ reason: error.message }, 'Pub/Sub does not answer; retrying');
    this.#since ??= performance.now();
    return true;
  }

  onAnswer(): void {
    if (this.#since === undefined) return;
    this.log.info({ outageMs: Math.round(performance.now() - this.#since) }, 'Pub/Sub answers again');
    this.#since = undefined;
  }
}
