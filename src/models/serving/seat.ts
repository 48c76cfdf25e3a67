import { isolateFailures } from '../../pipeline/isolation';
import type { Classifier, Log } from '../../core/ports';
import type { InferencePool } from '../../inference/pool';

/** How often an image is tried alone before it is given up. */
const ATTEMPTS = 2;

/** One pool in the slot, with how many batches are in it. */
export class Seat {
  /** The pool that finds the image which a worker dies of: inside the seat, so that all its tries are with one model. */
  readonly patient: Classifier;
  #running = 0;
  #whenEmpty: (() => void)[] = [];

  constructor(
    readonly pool: InferencePool,
    log: Log,
  ) {
    this.patient = isolateFailures(pool, { attempts: ATTEMPTS, log });
  }

  /** Keeps the pool open until the work is done. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    }
  }

  /** Closes the pool when its last batch is through. Nobody may begin to use it after this was called. */
  async leave(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    await this.pool.close();
  }
}
