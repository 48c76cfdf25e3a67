import { aboutMessage } from '../core/about-message';
import type { Log, OutcomeObserver } from '../core/ports';
import type { DeadLetterOutcome, Outcome } from '../core/prediction';

export interface OutcomeLogOptions {
  /** A message that takes longer from arrival to confirmation is logged, ms; none if absent. */
  readonly slowMs: number | undefined;
  /** Of the lines about dead letters: the demo makes bad messages itself. */
  readonly level: 'info' | 'debug';
  readonly log: Log;
}

/** Lines of one kind within a period: a topic full of bad messages must not fill the log. */
const MOST_LINES = 10;
const PERIOD_MS = 60_000;

/** Logs dead letters and slow messages with their source id and trace id, a few lines per minute of each kind. */
export class OutcomeLog implements OutcomeObserver {
  readonly #deadLetters = new LineLimit();
  readonly #slow = new LineLimit();

  constructor(private readonly options: OutcomeLogOptions) {}

  onOutcomes(outcomes: readonly Outcome[], publishMs: number): void {
    const now = performance.now();
    const { slowMs } = this.options;
    for (const outcome of outcomes) {
      if (outcome.kind === 'dead letter') this.#logDeadLetter(outcome, now);
      if (slowMs !== undefined && now - outcome.delivery.receivedAt > slowMs)
        this.#logSlow(outcome, publishMs, now);
    }
  }

  #logDeadLetter({ delivery, rejection }: DeadLetterOutcome, now: number): void {
    const limit = this.#deadLetters.take(now);
    if (limit === null) return;
    const { code, message: error, stage, attempts } = rejection;
    const { log, level } = this.options;
    log[level](
      { ...aboutMessage(delivery), code, error, stage, attempts, ...limit },
      'message became a dead letter',
    );
  }

  #logSlow(outcome: Outcome, publishMs: number, now: number): void {
    const limit = this.#slow.take(now);
    if (limit === null) return;
    const stages =
      outcome.kind === 'prediction' ? { queueMs: outcome.queueMs, inferenceMs: outcome.inferenceMs } : {};
    const times = { totalMs: now - outcome.delivery.receivedAt, ...stages, publishMs };
    this.options.log.warn(
      { ...aboutMessage(outcome.delivery), ...rounded(times), ...limit },
      'message was slow; it took longer than log.slow',
    );
  }
}

/** Counts the lines of one kind. */
class LineLimit {
  #startedAt = -Infinity;
  #lines = 0;
  #unlogged = 0;

  /** Fields of a permitted line, with the number of lines left out before it; null for a line to leave out. */
  take(now: number): { readonly unlogged?: number } | null {
    if (now - this.#startedAt >= PERIOD_MS) {
      this.#startedAt = now;
      this.#lines = 0;
    }
    if (this.#lines >= MOST_LINES) {
      this.#unlogged++;
      return null;
    }
    this.#lines++;
    const unlogged = this.#unlogged;
    this.#unlogged = 0;
    return unlogged === 0 ? {} : { unlogged };
  }
}

function rounded(times: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, Math.round(ms)]));
}
