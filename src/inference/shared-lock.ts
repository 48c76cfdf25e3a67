const FREE = 0;
const TAKEN = 1;

/** Limits the wait for a thread that died with the lock, ms. The work under it takes about a second. */
const WAIT_MS = 30_000;

/** A lock for the threads of a process. Holders share the number in `memory`. */
export class SharedLock {
  readonly #state: Int32Array;

  constructor(
    readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    private readonly waitMs = WAIT_MS,
  ) {
    this.#state = new Int32Array(memory);
  }

  /** Runs the work while no other thread has the lock. Blocks the thread until then, but takes the lock after the time limit. */
  run<T>(work: () => T): T {
    while (Atomics.compareExchange(this.#state, 0, FREE, TAKEN) === TAKEN)
      if (Atomics.wait(this.#state, 0, TAKEN, this.waitMs) === 'timed-out') break;
    try {
      return work();
    } finally {
      Atomics.store(this.#state, 0, FREE);
      Atomics.notify(this.#state, 0);
    }
  }
}
