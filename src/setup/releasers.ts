import { messageOf } from '../core/errors';
import type { Log } from '../core/ports';

interface Releaser {
  readonly name: string;
  readonly release: () => Promise<void> | void;
}

/** A part that takes longer is logged, so that a forced exit shows where it hung, ms. */
const SLOW_MS = 2_500;

/** Releases acquired parts in reverse order, once, also after a failed start. */
export class Releasers {
  /** The parts of a group are released at the same time. */
  #groups: Releaser[][] = [];

  constructor(private readonly log: Log) {}

  add(name: string, release: () => Promise<void> | void): void {
    this.#groups.push([{ name, release }]);
  }

  /** Of a part that need not wait for the one added before: they are released at the same time. */
  addToLast(name: string, release: () => Promise<void> | void): void {
    const last = this.#groups.at(-1);
    if (last === undefined) this.add(name, release);
    else last.push({ name, release });
  }

  /** Runs all releasers even if some fail; throws the first error at the end. */
  async releaseAll(): Promise<void> {
    const groups = this.#groups.reverse();
    this.#groups = [];
    const errors: unknown[] = [];
    for (const group of groups)
      await Promise.all(
        group.map((part) => this.#release(part).catch((error: unknown) => void errors.push(error))),
      );
    if (errors.length > 0) throw errors[0];
  }

  async #release({ name, release }: Releaser): Promise<void> {
    const slow = setTimeout(() => this.log.warn({ part: name }, 'closing takes long'), SLOW_MS);
    try {
      await release();
    } catch (error) {
      this.log.error({ error: messageOf(error) }, `closing the ${name} failed; continuing shutdown`);
      throw error;
    } finally {
      clearTimeout(slow);
    }
  }
}
