/** Shorter windows are too noisy, ms. */
const MIN_WINDOW_MS = 250;

/** Measures the busy share of the workers' time. */
export class BusyMeter {
  #running = 0;
  /** Busy worker-milliseconds in this window. */
  #busy = 0;
  #changedAt: number;
  #windowStart: number;
  #share = 0;
  /** Time of the last start or stop. */
  #steppedAt = 0;

  constructor(
    private workers: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#changedAt = this.#windowStart = now();
  }

  /** The window restarts. */
  resize(workers: number): void {
    this.#windowStart = this.#advance();
    this.#busy = 0;
    this.workers = workers;
  }

  start(): void {
    this.#steppedAt = this.#advance();
    this.#running++;
  }

  stop(): void {
    this.#steppedAt = this.#advance();
    this.#running--;
  }

  /** Time since the last start or stop while something runs, ms; null while nothing does. */
  get sinceStepMs(): number | null {
    return this.#running === 0 ? null : this.now() - this.#steppedAt;
  }

  /** 0–1, since the last call; unchanged for calls within a quarter of a second. */
  share(): number {
    const now = this.#advance();
    const window = now - this.#windowStart;
    if (window < MIN_WINDOW_MS) return this.#share;
    this.#share = Math.min(1, this.#busy / (window * this.workers));
    this.#busy = 0;
    this.#windowStart = now;
    return this.#share;
  }

  #advance(): number {
    const now = this.now();
    this.#busy += this.#running * (now - this.#changedAt);
    this.#changedAt = now;
    return now;
  }
}
