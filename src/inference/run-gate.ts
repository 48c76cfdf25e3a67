const CLOSED = 0;
const RUNNING = 1;

/** Longest wait of `close` for running calls, ms. A batch takes about 10. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Terminating a thread inside an onnxruntime session aborts the whole process. So each such call passes this gate, which
 * the main thread closes before it terminates a thread. Both sides share two numbers: closed (0 or 1) and running calls.
 */
export class RunGate {
  readonly #state: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#state = new Int32Array(memory);
  }

  /** In a worker: waits until the gate is open, then runs the work. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      return await work();
    } finally {
      Atomics.sub(this.#state, RUNNING, 1);
      Atomics.notify(this.#state, RUNNING);
    }
  }

  /** In the main thread: blocks new calls and waits up to 2 s for running ones, usually for the time of a batch. */
  close(): void {
    Atomics.store(this.#state, CLOSED, 1);
    const deadline = performance.now() + CLOSE_TIMEOUT_MS;
    for (;;) {
      const running = Atomics.load(this.#state, RUNNING);
      const left = deadline - performance.now();
      if (running === 0 || left <= 0) return;
      Atomics.wait(this.#state, RUNNING, running, left);
    }
  }

  open(): void {
    Atomics.store(this.#state, CLOSED, 0);
    Atomics.notify(this.#state, CLOSED);
  }

  /** Counts itself before it checks the gate, so either `close` sees this call or this call sees the closed gate. */
  #enter(): void {
    for (;;) {
      Atomics.add(this.#state, RUNNING, 1);
      if (Atomics.load(this.#state, CLOSED) === 0) return;
      Atomics.sub(this.#state, RUNNING, 1);
      Atomics.notify(this.#state, RUNNING);
      Atomics.wait(this.#state, CLOSED, 1);
    }
  }
}
