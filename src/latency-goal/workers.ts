/** Inputs for the number of workers in use. */
export interface Staffing {
  /** Monotonic ms. */
  readonly now: number;
  /** Busy share of the time of this many workers. */
  readonly utilization: (workers: number) => number;
  readonly behind: boolean;
  /** Well within the goal. */
  readonly comfortable: boolean;
}

/** Above this utilization another worker is added. */
const BUSY = 0.75;
/** With one worker less, half of the time must still be idle: far enough from `BUSY` to avoid oscillation. */
const IDLE = 0.5;
/** Time between two reductions, ms: doubled after each mistake. */
const HOLD_MS = 10_000;
const LONGEST_HOLD_MS = 600_000;

/** Unneeded workers only take CPU time from the thread that consumes and publishes. */
export class WorkersInUse {
  #count: number;
  #holdMs = HOLD_MS;
  #holdUntil: number | null = null;

  constructor(private readonly most: number) {
    this.#count = most;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns true if the number changed. */
  follow(staffing: Staffing): boolean {
    this.#holdUntil ??= staffing.now + HOLD_MS;
    if (this.#count < this.most && this.#needsMore(staffing)) {
      this.#change(staffing.behind ? this.most : this.#count + 1, staffing.now);
      return true;
    }
    if (!this.#needsLess(staffing)) return false;
    this.#change(this.#count - 1, staffing.now);
    return true;
  }

  /** The goal is missed, possibly because of too few workers. Returns false if all are in use already. */
  useAll(now: number): boolean {
    if (this.#count === this.most) return false;
    this.#holdMs = Math.min(LONGEST_HOLD_MS, this.#holdMs * 2);
    this.#change(this.most, now);
    return true;
  }

  #needsMore({ behind, utilization }: Staffing): boolean {
    return behind || utilization(this.#count) > BUSY;
  }

  #needsLess({ now, behind, comfortable, utilization }: Staffing): boolean {
    if (behind || !comfortable || this.#count === 1 || now < (this.#holdUntil ?? 0)) return false;
    return utilization(this.#count - 1) < IDLE;
  }

  #change(count: number, now: number): void {
    this.#count = count;
    this.#holdUntil = now + this.#holdMs;
  }
}
