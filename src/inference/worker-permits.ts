import { StreamInferError } from '../core/errors';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: StreamInferError) => void;
}

/** Low-priority tasks that may wait. */
const MAX_LOW_PRIORITY = 16;
/** Under full load there is always a queue: after this time a low-priority task joins it, ms. */
const LOW_PRIORITY_WAIT_MS = 5_000;

/**
 * One permit for each live worker, in order of arrival. Urgent and normal tasks take turns, urgent first, so neither
 * starves the other. Piscina's own queue is unbounded, and its time-outs would run while a replacement loads its model.
 */
export class WorkerPermits {
  readonly #waiting: Waiter[] = [];
  /** A client waits for the answer. */
  readonly #urgent: Waiter[] = [];
  /** The last permit went to an urgent task. */
  #wasUrgent = false;
  /** Served when nothing else waits. */
  readonly #lowPriority: Waiter[] = [];
  #live = 0;
  #used = 0;
  #closed: StreamInferError | undefined;

  constructor(private maxWaiting: number) {}

  limitWaiting(most: number): void {
    this.maxWaiting = most;
  }

  get live(): number {
    return this.#live;
  }

  get used(): number {
    return this.#used;
  }

  /** Resolves when a worker is free. Rejects with OVERLOADED if too many wait already, or with the error of `close`. */
  async acquire(urgent = false): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    const ahead = this.#waiting.length + this.#urgent.length;
    if (this.#used < this.#live && ahead === 0) {
      this.#used++;
      return;
    }
    if (ahead >= this.maxWaiting) {
      throw new StreamInferError('OVERLOADED', `${this.maxWaiting} batches are already waiting for a worker`);
    }
    await new Promise<void>((resolve, reject) => {
      (urgent ? this.#urgent : this.#waiting).push({ resolve, reject });
    });
  }

  release(): void {
    this.#used--;
    this.#grant();
  }

  /** The same with low priority: other tasks go first. */
  async acquireLowPriority(): Promise<void> {
    if (
      this.#closed !== undefined ||
      (this.#used < this.#live && this.#waiting.length + this.#urgent.length === 0)
    )
      return await this.acquire();
    if (this.#lowPriority.length >= MAX_LOW_PRIORITY)
      throw new StreamInferError('OVERLOADED', `${MAX_LOW_PRIORITY} low-priority tasks are already waiting`);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#promote(waiter), LOW_PRIORITY_WAIT_MS);
      const ending =
        <T extends unknown[]>(end: (...values: T) => void) =>
        (...values: T) => {
          clearTimeout(timer);
          end(...values);
        };
      const waiter: Waiter = { resolve: ending(resolve), reject: ending(reject) };
      this.#lowPriority.push(waiter);
    });
  }

  workerUp(): void {
    this.#live++;
    this.#grant();
  }

  workerLost(): void {
    this.#live--;
  }

  /** Rejects all waiting and later tasks with this error. */
  close(error: StreamInferError): void {
    this.#closed ??= error;
    for (const waiter of [this.#urgent, this.#waiting, this.#lowPriority].flatMap((queue) => queue.splice(0)))
      waiter.reject(this.#closed);
  }

  #promote(waiter: Waiter): void {
    const at = this.#lowPriority.indexOf(waiter);
    if (at >= 0) this.#waiting.push(...this.#lowPriority.splice(at, 1));
  }

  #next(): Waiter | undefined {
    const urgentFirst = !this.#wasUrgent || this.#waiting.length === 0;
    this.#wasUrgent = urgentFirst && this.#urgent.length > 0;
    const waiter = urgentFirst ? this.#urgent.shift() : undefined;
    return waiter ?? this.#waiting.shift() ?? this.#lowPriority.shift();
  }

  #grant(): void {
    while (this.#used < this.#live) {
      const next = this.#next();
      if (next === undefined) return;
      this.#used++;
      next.resolve();
    }
  }
}
