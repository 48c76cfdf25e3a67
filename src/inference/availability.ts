import { Backoff } from '../core/async/backoff';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';

/** First and longest wait between two trials, ms. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** Longest `Retry-After` that is honoured, ms: a wrong one must not stop the stream for hours. */
const LONGEST_RETRY_AFTER_MS = 300_000;
/** Consecutive failures that open the breaker where a single one may be due to the image. */
const FAILURES_TO_OPEN = 2;

export interface AvailabilityTimes {
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
}

/** A failed call that says nothing final about its images. */
export interface CallFailure {
  /** A sentence; safe to show. */
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  /** The image itself may be the cause: only several failures in a row say that the model is unavailable. */
  readonly isDoubtful?: boolean;
}

/**
 * Circuit breaker of a model outside of this process. While it is open, calls wait; after a back-off one of them is the
 * trial. Its success lets all continue, its failure starts the next, longer wait.
 *
 * Without a waiting call nothing can be tried. The breaker then closes by itself, so that new images are taken. The next
 * call is the trial, and its failure continues with the longer wait.
 */
export class Availability {
  readonly #backoff: Backoff;
  #failures = 0;
  #open: { readonly reason: string; readonly until: number; readonly since: number } | null = null;
  #isTrying = false;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(
    private readonly log: Log,
    { firstWaitMs = FIRST_WAIT_MS, longestWaitMs = LONGEST_WAIT_MS }: AvailabilityTimes = {},
  ) {
    this.#backoff = new Backoff(firstWaitMs, longestWaitMs);
  }

  /** Why no images are taken at present; null while they are. */
  get reason(): string | null {
    return this.#open?.reason ?? null;
  }

  /**
   * Resolves when a call may be made; report its result with `succeeded` or `failed`. Rejects with NOT_READY once closed.
   *
   * @param urgent rejects with MODEL_UNAVAILABLE instead of waiting
   */
  async turn(urgent = false): Promise<void> {
    for (;;) {
      if (this.#isClosed) throw new StreamInferError('NOT_READY', 'the process is stopping');
      if (this.#open === null) return;
      if (!this.#isTrying && performance.now() >= this.#open.until) {
        this.#isTrying = true;
        return;
      }
      if (urgent) throw this.toError();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The model answered, if only to refuse an image. */
  succeeded(): void {
    this.#failures = 0;
    if (this.#open === null) return this.#backoff.reset();
    const pausedMs = Math.round(performance.now() - this.#open.since);
    this.#close();
    this.#backoff.reset();
    this.log.info({ pausedMs }, 'model is available again; consumption resumed');
  }

  failed({ reason, retryAfterMs = 0, isDoubtful = false }: CallFailure): void {
    this.#failures++;
    const since = this.#open?.since ?? performance.now();
    if (this.#open !== null) {
      // Calls that were running when the breaker opened fail too, and must not prolong the wait.
      if (!this.#isTrying) return;
      this.#isTrying = false;
    } else if (isDoubtful && this.#failures < FAILURES_TO_OPEN) return;
    else this.log.warn({ reason }, 'model is unavailable; consumption paused');
    const waitMs = Math.max(this.#backoff.nextMs(), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
    this.#open = { reason, until: performance.now() + waitMs, since };
    this.#timer = setTimeout(() => this.#due(), waitMs);
  }

  /** For a caller that does not wait; its cause has `retryAfterMs`. */
  toError(failure?: CallFailure): StreamInferError {
    const left = (this.#open?.until ?? 0) - performance.now();
    const retryAfterMs = Math.max(left, failure?.retryAfterMs ?? 0);
    const reason = failure?.reason ?? this.#open?.reason ?? 'the model is unavailable';
    return new StreamInferError('MODEL_UNAVAILABLE', reason, { cause: { retryAfterMs } });
  }

  /** Rejects all waiting and later calls with NOT_READY. */
  close(): void {
    this.#isClosed = true;
    this.#close();
  }

  #due(): void {
    // Timers may be a little early.
    if (this.#open !== null) this.#open = { ...this.#open, until: 0 };
    const next = this.#waiting.shift();
    if (next !== undefined) next();
    else this.#close();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#open = null;
    this.#isTrying = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
