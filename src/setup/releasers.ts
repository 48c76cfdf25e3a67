import { messageOf } from '../core/errors';
import type { Log } from '../core/ports';

interface Releaser {
  readonly name: string;
  readonly release: () => Promise<void> | void;
}

/** Releases acquired parts in reverse order, once, also after a failed start. */
export class Releasers {
  #stack: Releaser[] = [];

  constructor(private readonly log: Log) {}

  add(name: string, release: () => Promise<void> | void): void {
    this.#stack.push({ name, release });
  }

  /** Runs all releasers even if some fail; throws the first error at the end. */
  async releaseAll(): Promise<void> {
    const stack = this.#stack.reverse();
    this.#stack = [];
    const errors: unknown[] = [];
    for (const { name, release } of stack) {
      try {
        await release();
      } catch (error) {
        this.log.error({ error: messageOf(error) }, `closing the ${name} failed; continuing shutdown`);
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
