import { RateLimit } from './rate-limit';

/** Reasons to take nothing from the source, each set and cleared by its owner. */
export type Hold = 'operator' | 'seek';

/** How much of the stream is taken. Changes while the stream runs; read before each `receive`. */
export class Intake {
  readonly #holds = new Set<Hold>();
  #isNoticed = false;
  #limit: RateLimit | null;

  /**
   * @param rate images per second; undefined for no limit
   * @param onChange called when more may be taken
   */
  constructor(
    rate: number | undefined,
    private readonly onChange: () => void,
  ) {
    this.#limit = toLimit(rate ?? null);
  }

  get held(): boolean {
    return this.#holds.size > 0;
  }

  /** The taker has noticed a hold: it receives nothing now. */
  get quiet(): boolean {
    return this.held && this.#isNoticed;
  }

  /** Images per second; null without a limit. */
  get rate(): number | null {
    return this.#limit?.perSecond ?? null;
  }

  /** How many messages may be taken now; Infinity without a limit. Not called while messages are being received. */
  room(): number {
    if (this.#holds.size > 0) {
      this.#isNoticed = true;
      return 0;
    }
    return this.#limit === null ? Infinity : this.#limit.room();
  }

  take(count: number): void {
    this.#limit?.take(count);
  }

  hold(hold: Hold): void {
    if (!this.held) this.#isNoticed = false;
    this.#holds.add(hold);
  }

  release(hold: Hold): void {
    if (this.#holds.delete(hold)) this.onChange();
  }

  setRate(perSecond: number | null): void {
    if (perSecond === this.rate) return;
    this.#limit = toLimit(perSecond);
    this.onChange();
  }
}

function toLimit(rate: number | null): RateLimit | null {
  return rate === null ? null : new RateLimit(rate);
}
