import { StreamInferError } from '../core/errors';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: StreamInferError) => void;
}

/**
 * One permit for each worker that is up; first come, first served. Piscina has a queue of its own, but one whose tasks'
 * time-outs would run while a replacement still loads its model, and without an end.
 */
export class WorkerPermits {
  readonly #waiting: Waiter[] = [];
  #live = 0;
  #used = 0;
  #closed: StreamInferError | undefined;

  constructor(private readonly maxWaiting: number) {}

  get live(): number {
    return this.#live;
  }

  get used(): number {
    return this.#used;
  }

  /** Resolves when a worker is free. Rejects with OVERLOADED when too many wait already, or with what `close` was given. */
  async take(): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#used < this.#live && this.#waiting.length === 0) {
      this.#used++;
      return;
    }
    if (this.#waiting.length >= this.maxWaiting) {
      throw new StreamInferError('OVERLOADED', `${this.maxWaiting} batches wait for a worker already.`);
    }
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  giveBack(): void {
    this.#used--;
    this.#grant();
  }

  workerUp(): void {
    this.#live++;
    this.#grant();
  }

  workerLost(): void {
    this.#live--;
  }

  /** Everybody who waits, and everybody who comes, is turned away with this error. */
  close(error: StreamInferError): void {
    this.#closed ??= error;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#closed);
  }

  #grant(): void {
    while (this.#used < this.#live) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#used++;
      next.resolve();
    }
  }
}
