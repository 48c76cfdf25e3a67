/** What decides how many workers are in use. */
export interface Staffing {
  /** Monotonic ms. */
  readonly now: number;
  /** Share of their time that so many workers would be busy. */
  readonly utilization: (workers: number) => number;
  readonly behind: boolean;
  /** Well within the goal. */
  readonly comfortable: boolean;
}

/** Busier workers get another one beside them. */
const BUSY = 0.75;
/** One worker less must still be idle for half of the time: far enough from `BUSY` that none comes and goes. */
const IDLE = 0.5;
/** Time between two changes that leave a worker out, ms: doubled each time that this was a mistake. */
const HOLD_MS = 10_000;
const LONGEST_HOLD_MS = 600_000;

/** Workers beyond what is needed only take processor time from the thread that consumes and publishes. */
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

  /** True if the number has changed. */
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

  /** The goal is missed: with too few workers, perhaps. False if all are in use already. */
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
