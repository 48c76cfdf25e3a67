import type { Precision } from '../core/precision';

const OPEN = 0;
const MEASURING = 1;
/** From here on the choice is made: this is fp32, the next one int8. */
const CHOSEN: readonly Precision[] = ['fp32', 'int8'];
const FIRST_CHOSEN = 2;

/** A worker that died while it measured tells nothing; the others do not wait for ever, ms. */
const WAIT_MS = 10_000;

/**
 * The precision that one worker chooses for all of a pool, those that replace them later included. Made once: two workers
 * that measured for themselves could come to different precisions.
 */
export class SharedChoice {
  readonly #state: Int32Array;

  constructor(
    readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    private readonly waitMs = WAIT_MS,
  ) {
    this.#state = new Int32Array(memory);
  }

  /** True for the one that is to measure; it calls `choose` whatever comes of that. */
  claim(): boolean {
    return Atomics.compareExchange(this.#state, 0, OPEN, MEASURING) === OPEN;
  }

  /** Returns what is chosen, which may be what the others took because they waited too long. */
  choose(precision: Precision): Precision {
    const wanted = FIRST_CHOSEN + CHOSEN.indexOf(precision);
    const before = Atomics.compareExchange(this.#state, 0, MEASURING, wanted);
    Atomics.notify(this.#state, 0);
    return CHOSEN[(before === MEASURING ? wanted : before) - FIRST_CHOSEN] as Precision;
  }

  /** Blocks the thread until the choice is made; fp32 if that takes too long. */
  wait(): Precision {
    Atomics.wait(this.#state, 0, MEASURING, this.waitMs);
    return this.choose('fp32');
  }
}
