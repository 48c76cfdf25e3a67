const CLOSED = 0;
const RUNNING = 1;

/** How long `close` waits for calls that run, ms. A batch takes some ten. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Ending a thread while it runs a session of onnxruntime aborts the whole process. So each such call passes through this
 * gate, which the main thread closes before it ends a thread. Both sides share two numbers: closed (0 or 1), and how
 * many calls run.
 */
export class RunGate {
  readonly #state: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#state = new Int32Array(memory);
  }

  /** In a worker: waits until the gate is open and does the work inside. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      return await work();
    } finally {
      Atomics.sub(this.#state, RUNNING, 1);
      Atomics.notify(this.#state, RUNNING);
    }
  }

  /** In the main thread: lets no call begin and waits, at most 2 s, until none runs. It blocks, for a batch's time. */
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

  /** Counts itself in before it looks: so `close` either sees this call or is seen by it. */
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
