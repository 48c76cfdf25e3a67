import { setTimeout as sleep } from 'node:timers/promises';

const TAKEN = 0;
const OVER = 1;

/** How often a worker looks whether it is its turn, ms. */
const LOOK_MS = 10;
/** A worker that died in its turn never gives it back: so long the others wait, ms. */
const PATIENCE_MS = 5_000;
/** Longest pause after a step, ms. */
const MAX_PAUSE_MS = 500;

/** One part of a start. */
export type Step = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * How workers start beside others that serve: one after the other, and after each step they rest for as long as it took. All
 * of them at once and without a rest would take half of the processor from those that serve, for as long as a start takes,
 * and every message that comes meanwhile would wait for that.
 */
export class StartTurns {
  readonly #state: Int32Array;

  /** @param memory shared by the main thread and all workers of a pool */
  constructor(readonly memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#state = new Int32Array(memory);
  }

  /** In a worker: starts when no other one does. */
  async take<T>(start: (step: Step) => Promise<T>): Promise<T> {
    await this.#free();
    try {
      return await start((work) => this.#step(work));
    } finally {
      Atomics.store(this.#state, TAKEN, 0);
    }
  }

  /** In the main thread: from now on a worker that starts is a replacement, which is in a hurry. */
  end(): void {
    Atomics.store(this.#state, OVER, 1);
  }

  async #free(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!this.#over && Atomics.compareExchange(this.#state, TAKEN, 0, 1) !== 0) {
      if (performance.now() > deadline) return;
      await sleep(LOOK_MS);
    }
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    if (!this.#over) await sleep(Math.min(performance.now() - startedAt, MAX_PAUSE_MS));
    return result;
  }

  get #over(): boolean {
    return Atomics.load(this.#state, OVER) === 1;
  }
}
