import { Backoff } from '../core/async/backoff';
import { isOutage, messageOf } from '../core/errors';
import type { Log } from '../core/ports';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Failures of one topic. All failed batches wait together, with one log line, one timer and one listener on the
 * signal. Outages are already in the log.
 */
export class TopicRetry {
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  #since: number | null = null;
  #warned = false;
  #waiting: Promise<void> | null = null;

  constructor(
    private readonly topic: string,
    private readonly log: Log,
  ) {}

  get active(): boolean {
    return this.#since !== null;
  }

  /** Resolves when the next attempt is due, or early when `signal` aborts. */
  async wait(error: unknown, signal: AbortSignal): Promise<void> {
    this.#since ??= performance.now();
    if (!this.#warned && !isOutage(error)) {
      this.#warned = true;
      this.log.warn({ topic: this.topic, error: messageOf(error) }, 'publish not confirmed; retrying');
    }
    this.#waiting ??= this.#backoff.wait(signal).finally(() => (this.#waiting = null));
    await this.#waiting;
  }

  /** The topic accepted messages. */
  succeeded(): void {
    if (this.#since === null) return;
    const stalledMs = Math.round(performance.now() - this.#since);
    this.log[this.#warned ? 'info' : 'debug']({ topic: this.topic, stalledMs }, 'publishing works again');
    this.#since = null;
    this.#warned = false;
    this.#backoff.reset();
  }
}
