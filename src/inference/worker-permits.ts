import { StreamInferError } from '../core/errors';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: StreamInferError) => void;
}

/** Patient ones that may wait. */
const MOST_PATIENT = 16;
/** Under full load somebody always waits: after so long the patient stand in line with the others, ms. */
const PATIENCE_MS = 5_000;

/**
 * One permit for each worker that is up; first come, first served, but the urgent before all others. Piscina has a queue of its own, but one whose tasks'
 * time-outs would run while a replacement still loads its model, and without an end.
 */
export class WorkerPermits {
  readonly #waiting: Waiter[] = [];
  /** Served when nobody else waits. */
  readonly #patient: Waiter[] = [];
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
  async take(urgent = false): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#used < this.#live && this.#waiting.length === 0) {
      this.#used++;
      return;
    }
    if (this.#waiting.length >= this.maxWaiting) {
      throw new StreamInferError('OVERLOADED', `${this.maxWaiting} batches wait for a worker already.`);
    }
    await new Promise<void>((resolve, reject) => {
      if (urgent) this.#waiting.unshift({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  giveBack(): void {
    this.#used--;
    this.#grant();
  }

  /** The same for what is of low priority: the others go first. */
  async takePatiently(): Promise<void> {
    if (this.#closed !== undefined || (this.#used < this.#live && this.#waiting.length === 0))
      return await this.take();
    if (this.#patient.length >= MOST_PATIENT)
      throw new StreamInferError('OVERLOADED', `${MOST_PATIENT} tasks of low priority wait already.`);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#standInLine(waiter), PATIENCE_MS);
      const ending =
        <T extends unknown[]>(end: (...values: T) => void) =>
        (...values: T) => {
          clearTimeout(timer);
          end(...values);
        };
      const waiter: Waiter = { resolve: ending(resolve), reject: ending(reject) };
      this.#patient.push(waiter);
    });
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
    for (const waiter of [...this.#waiting.splice(0), ...this.#patient.splice(0)])
      waiter.reject(this.#closed);
  }

  #standInLine(waiter: Waiter): void {
    const at = this.#patient.indexOf(waiter);
    if (at >= 0) this.#waiting.push(...this.#patient.splice(at, 1));
  }

  #grant(): void {
    while (this.#used < this.#live) {
      const next = this.#waiting.shift() ?? this.#patient.shift();
      if (next === undefined) return;
      this.#used++;
      next.resolve();
    }
  }
}
