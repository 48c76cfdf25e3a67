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
 * One permit for each worker that is up; first come, first served. Urgent ones and the others take turns,
 * the urgent first: so neither waits for an end of the other. Piscina has a queue of its own, but one whose tasks'
 * time-outs would run while a replacement still loads its model, and without an end.
 */
export class WorkerPermits {
  readonly #waiting: Waiter[] = [];
  /** Somebody waits for the answer. */
  readonly #urgent: Waiter[] = [];
  /** The permit before this one went to an urgent one. */
  #wasUrgent = false;
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
    const ahead = this.#waiting.length + this.#urgent.length;
    if (this.#used < this.#live && ahead === 0) {
      this.#used++;
      return;
    }
    if (ahead >= this.maxWaiting) {
      throw new StreamInferError('OVERLOADED', `${this.maxWaiting} batches wait for a worker already.`);
    }
    await new Promise<void>((resolve, reject) => {
      (urgent ? this.#urgent : this.#waiting).push({ resolve, reject });
    });
  }

  giveBack(): void {
    this.#used--;
    this.#grant();
  }

  /** The same for what is of low priority: the others go first. */
  async takePatiently(): Promise<void> {
    if (
      this.#closed !== undefined ||
      (this.#used < this.#live && this.#waiting.length + this.#urgent.length === 0)
    )
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
    for (const waiter of [this.#urgent, this.#waiting, this.#patient].flatMap((queue) => queue.splice(0)))
      waiter.reject(this.#closed);
  }

  #standInLine(waiter: Waiter): void {
    const at = this.#patient.indexOf(waiter);
    if (at >= 0) this.#waiting.push(...this.#patient.splice(at, 1));
  }

  #next(): Waiter | undefined {
    const urgentFirst = !this.#wasUrgent || this.#waiting.length === 0;
    this.#wasUrgent = urgentFirst && this.#urgent.length > 0;
    const waiter = urgentFirst ? this.#urgent.shift() : undefined;
    return waiter ?? this.#waiting.shift() ?? this.#patient.shift();
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
