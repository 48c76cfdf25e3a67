import { StreamInferError } from '../../core/errors';
import type { Question } from './protocol';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StreamInferError) => void;
}

/** Questions that the store's thread has not answered yet. */
export class Questions {
  readonly #pending = new Map<number, Pending>();
  #latest = 0;

  constructor(private readonly send: (number: number, question: Question) => void) {}

  /** Rejects with NOT_READY when the store becomes unusable. */
  async ask(question: Question): Promise<unknown> {
    const number = ++this.#latest;
    const answer = new Promise((resolve, reject) => this.#pending.set(number, { resolve, reject }));
    this.send(number, question);
    return await answer;
  }

  answered(number: number, value: unknown): void {
    this.#take(number)?.resolve(value);
  }

  failed(number: number, reason: string): void {
    this.#take(number)?.reject(new StreamInferError('NOT_READY', `the results store: ${reason}`));
  }

  failAll(reason: string): void {
    for (const number of [...this.#pending.keys()]) this.failed(number, reason);
  }

  #take(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    return pending;
  }
}
