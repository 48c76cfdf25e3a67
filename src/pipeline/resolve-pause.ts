import { Backoff } from '../core/async/backoff';
import type { Log } from '../core/ports';
import type { PostponedValue } from '../core/resolver';

/** First and longest wait before another trial, ms. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** Longest wait that a resolver may ask for, ms: a wrong one must not stop the stream for hours. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** The time from a message that had to be postponed until it, or the one after it, has a final answer. */
export class ResolvePause {
  readonly #backoff: Backoff;
  #state: { readonly reason: string; readonly since: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Log,
    firstWaitMs = FIRST_WAIT_MS,
  ) {
    this.#backoff = new Backoff(firstWaitMs, LONGEST_WAIT_MS);
  }

  /** Why no messages are taken; null while they are. */
  get reason(): string | null {
    return this.#state?.reason ?? null;
  }

  /** Starts the pause, or continues it with a longer wait; `onDue` is called when a message is to be tried. */
  begin({ reason, retryAfterMs = 0 }: PostponedValue, onDue: () => void): void {
    if (this.#state === null)
      this.log.warn({ reason }, 'a message cannot be resolved now; consumption paused');
    this.#state = { reason, since: this.#state?.since ?? performance.now() };
    const waitMs = Math.max(this.#backoff.nextMs(), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onDue, waitMs);
  }

  end(): void {
    this.stop();
    if (this.#state === null) return;
    const pausedMs = Math.round(performance.now() - this.#state.since);
    this.#state = null;
    this.#backoff.reset();
    this.log.info({ pausedMs }, 'messages are resolved again; consumption resumed');
  }

  /** No message is tried any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
