import { Backoff } from '../core/async/backoff';
import { messageOf } from '../core/errors';
import type { Log } from '../core/ports';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * A topic that takes no messages at times. All batches that fail meanwhile wait together: one log line, one timer and one
 * listener on the signal, however many there are.
 */
export class Outage {
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  #since: number | null = null;
  #waiting: Promise<void> | null = null;

  constructor(
    private readonly topic: string,
    private readonly log: Log,
  ) {}

  get lasts(): boolean {
    return this.#since !== null;
  }

  /** Resolves when it is time for another try, or early when `signal` aborts. */
  async failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.#since === null) {
      this.#since = performance.now();
      this.log.warn(
        { topic: this.topic, error: messageOf(error) },
        'publish not confirmed; trying again until it is',
      );
    }
    this.#waiting ??= this.#backoff.wait(signal).finally(() => (this.#waiting = null));
    await this.#waiting;
  }

  /** The topic has taken messages. */
  over(): void {
    if (this.#since === null) return;
    const stalledMs = Math.round(performance.now() - this.#since);
    this.log.info({ topic: this.topic, stalledMs }, 'publishing works again');
    this.#since = null;
    this.#backoff.reset();
  }
}
