import { untilAborted } from '../core/async/until-aborted';
import { Backoff } from '../core/async/backoff';
import { messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { OpenEvent } from './event-journal';

export interface QueueOptions {
  /** Name of the task, for the log. */
  readonly name: string;
  /** Resolves with undefined when done, or with the reason of a permanent failure. Rejections are retried. */
  readonly work: (event: OpenEvent, signal: AbortSignal) => Promise<string | undefined>;
  readonly onDone: (event: OpenEvent) => void;
  readonly log: Log;
  /** Unlimited if absent. */
  readonly maxAttempts?: number;
  /** Shortest and longest time between two attempts, ms. */
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/** Runs one task for events, one event at a time, with retries. A failing task delays only its own queue. */
export class EventQueue {
  readonly #queue: OpenEvent[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(private readonly options: QueueOptions) {}

  add(events: readonly OpenEvent[]): void {
    this.#queue.push(...events);
    if (events.length > 0) this.#running ??= this.#run();
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Aborts the current attempt; the remaining events stay in the journal. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let event = this.#queue[0]; event && !this.#stop.signal.aborted; event = this.#queue[0]) {
      if (await this.#process(event)) {
        this.#queue.shift();
        this.options.onDone(event);
      }
    }
    this.#running = null;
  }

  /** Returns false if the queue was closed before the task was done. */
  async #process(event: OpenEvent): Promise<boolean> {
    const { name, log, maxAttempts = Infinity, firstMs = 500, maxMs = 30_000 } = this.options;
    const about = { event: event.event.id, alert: event.event.alert, rule: event.event.rule };
    const backoff = new Backoff(firstMs, maxMs);
    while (!this.#stop.signal.aborted) {
      const failure = await this.#try(event);
      if (failure === null) return true;
      if (this.#stop.signal.aborted) return false;
      if (failure.permanent || backoff.tries + 1 >= maxAttempts) {
        log.error({ ...about, reason: failure.reason }, `${name} failed; not retrying`);
        return true;
      }
      if (backoff.tries === 0) log.warn({ ...about, reason: failure.reason }, `${name} failed; retrying`);
      await backoff.wait(this.#stop.signal);
    }
    return false;
  }

  async #try(event: OpenEvent): Promise<{ reason: string; permanent: boolean } | null> {
    try {
      // A publish to an unreachable broker may stay unanswered for minutes.
      const { signal } = this.#stop;
      const reason = await untilAborted(this.options.work(event, signal), signal);
      return reason === undefined ? null : { reason, permanent: true };
    } catch (error) {
      return { reason: messageOf(error), permanent: false };
    }
  }
}
