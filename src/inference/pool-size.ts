import type { Piscina } from 'piscina';

interface Threads {
  /** Resolves when the thread that answers is warm. */
  hello(): Promise<unknown>;
  /** Ends one thread when nothing waits for it. */
  leave(): Promise<void>;
  onLimit(workers: number): void;
}

/** Number of threads of a Piscina pool, which has no way to change it: it reads its options each time. */
export class PoolSize {
  constructor(
    private readonly piscina: Pick<Piscina, 'options' | 'threads'>,
    private readonly threads: Threads,
  ) {}

  get wanted(): number {
    return this.piscina.options.maxThreads;
  }

  /** Resolves when the new threads are warm, or the others have ended, one after the other. */
  async change(workers: number): Promise<void> {
    const before = this.wanted;
    this.#limit(workers);
    if (workers > before) await this.#grow(before);
    for (let left = this.piscina.threads.length - workers; left > 0; left--) await this.threads.leave();
  }

  /** Piscina starts a thread if none is free for a task: one task per thread. */
  async #grow(before: number): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.wanted }, () => this.threads.hello()));
    } catch (error) {
      this.#limit(Math.max(before, this.piscina.threads.length));
      throw error;
    }
  }

  #limit(workers: number): void {
    Object.assign(this.piscina.options, { minThreads: workers, maxThreads: workers, maxQueue: workers });
    this.threads.onLimit(workers);
  }
}
