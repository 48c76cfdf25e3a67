import type { Precision } from '../core/precision';

const OPEN = 0;
const MEASURING = 1;
/** States from `FIRST_CHOSEN` on mean that the choice is made: fp32, then int8. */
const CHOSEN: readonly Precision[] = ['fp32', 'int8'];
const FIRST_CHOSEN = 2;

/** Limits the wait for a worker that died while measuring, ms. */
const WAIT_MS = 10_000;

/**
 * The precision that one worker chooses for the whole pool, including later replacements. Chosen once, because separate
 * measurements could give different precisions.
 */
export class SharedChoice {
  readonly #state: Int32Array;

  constructor(
    readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    private readonly waitMs = WAIT_MS,
  ) {
    this.#state = new Int32Array(memory);
  }

  /** True for the worker that must measure; it must call `choose` even if it fails. */
  claim(): boolean {
    return Atomics.compareExchange(this.#state, 0, OPEN, MEASURING) === OPEN;
  }

  /** Returns the final choice, which may be the fp32 of workers whose wait timed out. */
  choose(precision: Precision): Precision {
    const wanted = FIRST_CHOSEN + CHOSEN.indexOf(precision);
    const before = Atomics.compareExchange(this.#state, 0, MEASURING, wanted);
    Atomics.notify(this.#state, 0);
    return CHOSEN[(before === MEASURING ? wanted : before) - FIRST_CHOSEN] as Precision;
  }

  /** Blocks the thread until the choice is made; fp32 after the time limit. */
  wait(): Precision {
    Atomics.wait(this.#state, 0, MEASURING, this.waitMs);
    return this.choose('fp32');
  }
}
