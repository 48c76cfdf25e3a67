import { untilAborted } from '../core/async/until-aborted';
import { Backoff } from '../core/async/backoff';
import { isOutage, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { UnfinishedEvent } from './event-journal';

export interface QueueOptions {
  /** Name of the task, for the log. */
  readonly name: string;
  /** Resolves with undefined when done, or with the reason of a permanent failure. Rejections are retried. */
  readonly work: (event: UnfinishedEvent, signal: AbortSignal) => Promise<string | undefined>;
  readonly onDone: (event: UnfinishedEvent) => void;
  readonly log: Log;
  /** Unlimited if absent. */
  readonly maxAttempts?: number;
  /** Shortest and longest time between two attempts, ms. */
  readonly firstMs?: number;
  readonly maxMs?: number;
  /** Whether further events wait for one that is retried, so that they stay in order; true if absent. */
  readonly inOrder?: boolean;
}

interface Failure {
  readonly reason: string;
  readonly permanent: boolean;
  /** Of the broker, which is already in the log. */
  readonly outage?: boolean;
}

interface Entry {
  readonly event: UnfinishedEvent;
  readonly backoff: Backoff;
  /** Time of the next attempt, ms on the monotonic clock. */
  due: number;
}

/**
 * Runs one task for events, one event at a time, with retries. A failing task delays only its own queue. The number of
 * waiting events is limited by `RuleWatch`, which drops events while too many are unfinished.
 */
export class EventQueue {
  /** Without `inOrder` sorted by time of the next attempt; the first one is next. */
  readonly #entries: Entry[] = [];
  readonly #stop = new AbortController();
  #wake: (() => void) | null = null;
  #running: Promise<void> | null = null;

  constructor(private readonly options: QueueOptions) {}

  add(events: readonly UnfinishedEvent[]): void {
    const { firstMs = 500, maxMs = 30_000 } = this.options;
    for (const event of events)
      this.#insert({ event, backoff: new Backoff(firstMs, maxMs), due: performance.now() });
    if (events.length === 0) return;
    this.#wake?.();
    this.#running ??= this.#run();
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Aborts the current attempt; the remaining events stay in the journal. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let entry = this.#entries[0]; entry && !this.#stop.signal.aborted; entry = this.#entries[0]) {
      const waitMs = entry.due - performance.now();
      if (waitMs > 0) await this.#wait(waitMs);
      else await this.#attempt(entry);
    }
    this.#running = null;
  }

  /** Ends early when events arrive, since one of them may be due first. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  async #attempt(entry: Entry): Promise<void> {
    const failure = await this.#try(entry.event);
    if (failure === null) return this.#finish(entry);
    if (this.#stop.signal.aborted) return;
    const { name, log, maxAttempts = Infinity } = this.options;
    const { id, alert, rule } = entry.event.event;
    const { reason, outage = false } = failure;
    const about = { event: id, alert, rule, reason };
    if (failure.permanent || entry.backoff.tries + 1 >= maxAttempts) {
      log.error(about, `${name} failed; not retrying`);
      return this.#finish(entry);
    }
    if (entry.backoff.tries === 0) log[outage ? 'debug' : 'warn'](about, `${name} failed; retrying`);
    this.#postpone(entry);
  }

  async #try(event: UnfinishedEvent): Promise<Failure | null> {
    try {
      // A publish to an unreachable broker may stay unanswered for minutes.
      const { signal } = this.#stop;
      const reason = await untilAborted(this.options.work(event, signal), signal);
      return reason === undefined ? null : { reason, permanent: true };
    } catch (error) {
      return { reason: messageOf(error), permanent: false, outage: isOutage(error) };
    }
  }

  #finish(entry: Entry): void {
    this.#remove(entry);
    this.options.onDone(entry.event);
  }

  #postpone(entry: Entry): void {
    entry.due = performance.now() + entry.backoff.nextMs();
    if (this.options.inOrder ?? true) return;
    this.#remove(entry);
    this.#insert(entry);
  }

  /** Events arrived meanwhile, so the entry of the current attempt need not be the first any more. */
  #remove(entry: Entry): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }

  /** After all that are due earlier or at the same time. */
  #insert(entry: Entry): void {
    const sorted = !(this.options.inOrder ?? true);
    const at = sorted ? this.#entries.findIndex(({ due }) => due > entry.due) : -1;
    this.#entries.splice(at === -1 ? this.#entries.length : at, 0, entry);
  }
}
