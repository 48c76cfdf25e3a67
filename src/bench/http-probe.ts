/** Asks a URL at a fixed rate, whether or not earlier answers have come (open loop), and keeps the times in order, ms. */
export class HttpProbe {
  readonly #times: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  failures = 0;

  constructor(
    private readonly url: string,
    intervalMs = 50,
  ) {
    this.#timer = setInterval(() => {
      const asked = this.#ask().finally(() => this.#pending.delete(asked));
      this.#pending.add(asked);
    }, intervalMs);
  }

  /** Forgets the times so far: they were of the warm-up. */
  restart(): void {
    this.#times.length = 0;
  }

  async stop(): Promise<readonly number[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    return this.#times;
  }

  async #ask(): Promise<void> {
    const startedAt = performance.now();
    try {
      const response = await fetch(this.url, { signal: AbortSignal.timeout(10_000) });
      await response.arrayBuffer();
      if (!response.ok) this.failures++;
      this.#times.push(performance.now() - startedAt);
    } catch {
      this.failures++;
    }
  }
}
