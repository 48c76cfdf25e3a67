import { Backoff } from '../core/async/backoff';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { OpenEvent } from './open-event';

export interface LaneOptions {
  /** What is done here, for the log. */
  readonly name: string;
  /** Resolves with undefined when it is done, or with why it is not tried again. What it throws is tried again. */
  readonly work: (event: OpenEvent, signal: AbortSignal) => Promise<string | undefined>;
  readonly onDone: (event: OpenEvent) => void;
  readonly log: Log;
  /** For ever if absent. */
  readonly maxTries?: number;
  /** Between two tries at first, and at most, ms. */
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/**
 * One thing that is to be done with events, one after the other, as often as it takes: what fails here holds up nothing
 * but what waits behind it. (`core/lanes` are the batcher's.)
 */
export class EventLane {
  readonly #queue: OpenEvent[] = [];
  readonly #stop = new AbortController();
  readonly #stopped: Promise<never>;
  #running: Promise<void> | null = null;

  constructor(private readonly options: LaneOptions) {
    this.#stopped = new Promise((_resolve, reject) =>
      this.#stop.signal.addEventListener('abort', () => reject(new StreamInferError('ABORTED', 'stopped')), {
        once: true,
      }),
    );
    // Whoever works sees it; else nobody has to.
    this.#stopped.catch(() => undefined);
  }

  add(events: readonly OpenEvent[]): void {
    this.#queue.push(...events);
    if (events.length > 0) this.#running ??= this.#run();
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends what is being tried; the rest is left. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let event = this.#queue[0]; event && !this.#stop.signal.aborted; event = this.#queue[0]) {
      if (await this.#settle(event)) {
        this.#queue.shift();
        this.options.onDone(event);
      }
    }
    this.#running = null;
  }

  /** False if it was stopped before. */
  async #settle(event: OpenEvent): Promise<boolean> {
    const { name, log, maxTries = Infinity, firstMs = 500, maxMs = 30_000 } = this.options;
    const about = { event: event.event.id, alert: event.event.alert, rule: event.event.rule };
    const backoff = new Backoff(firstMs, maxMs);
    while (!this.#stop.signal.aborted) {
      const failure = await this.#try(event);
      if (failure === null) return true;
      if (this.#stop.signal.aborted) return false;
      if (failure.forGood || backoff.tries + 1 >= maxTries) {
        log.error({ ...about, reason: failure.reason }, `${name}: given up`);
        return true;
      }
      if (backoff.tries === 0) log.warn({ ...about, reason: failure.reason }, `${name}: trying again`);
      await backoff.wait(this.#stop.signal);
    }
    return false;
  }

  async #try(event: OpenEvent): Promise<{ reason: string; forGood: boolean } | null> {
    try {
      // A broker that is away may leave a publish without an answer for minutes.
      const reason = await Promise.race([this.options.work(event, this.#stop.signal), this.#stopped]);
      return reason === undefined ? null : { reason, forGood: true };
    } catch (error) {
      return { reason: messageOf(error), forGood: false };
    }
  }
}
