import type { Rule } from '../core/rule';

/** What survives a restart; plain data. */
export interface WindowState {
  /** What was counted, oldest first: the same match delivered again counts for nothing. */
  readonly seen: readonly string[];
  /** When each match came that no event was made of yet, ms since 1970. */
  readonly pending: readonly number[];
  readonly firedAt: number | null;
  readonly lastAt: number | null;
}

/**
 * `seen`: it was counted before. `counted`: not enough yet. `fires`: an event. `folded`: it belongs to the event before,
 * whose cause goes on.
 */
export type Verdict = 'seen' | 'counted' | 'fires' | 'folded';

/** What a crash may deliver again is in flight, so that few more need to be remembered. */
const MOST_SEEN = 8_192;

/**
 * Turns matches of one rule into events: `threshold` of them within `windowMs` make one, and then none more until it has
 * been quiet for `cooldown`, or `remind` is over. Deterministic: the same matches at the same times give the same events,
 * which is how the journal restores it.
 */
export class MatchWindow {
  readonly #seen: Set<string>;
  /** The same in their order, round and round: to find a set's oldest value takes the longer the more it has lost. */
  readonly #order: string[];
  #oldest = 0;
  #pending: number[];
  #firedAt: number | null;
  #lastAt: number | null;

  constructor(
    private readonly threshold: number,
    private readonly windowMs: number,
    private readonly rule: Pick<Rule, 'cooldown' | 'remind'>,
    state?: WindowState,
  ) {
    this.#order = [...(state?.seen ?? [])].slice(-MOST_SEEN);
    this.#seen = new Set(this.#order);
    this.#pending = [...(state?.pending ?? [])];
    this.#firedAt = state?.firedAt ?? null;
    this.#lastAt = state?.lastAt ?? null;
  }

  /**
   * @param key names the match, the same each time that its message is delivered
   * @param at ms since 1970
   */
  add(key: string, at: number): Verdict {
    if (this.#seen.has(key)) return 'seen';
    this.#remember(key);
    if (this.#goesOn(at)) {
      this.#lastAt = at;
      return 'folded';
    }
    this.#pending = this.#pending.filter((time) => at - time < this.windowMs);
    this.#pending.push(at);
    if (this.#pending.length < this.threshold) return 'counted';
    this.#pending = [];
    this.#firedAt = this.#lastAt = at;
    return 'fires';
  }

  get state(): WindowState {
    return {
      seen: [...this.#order.slice(this.#oldest), ...this.#order.slice(0, this.#oldest)],
      pending: [...this.#pending],
      firedAt: this.#firedAt,
      lastAt: this.#lastAt,
    };
  }

  #goesOn(at: number): boolean {
    if (this.#firedAt === null || this.#lastAt === null) return false;
    return at - this.#lastAt < this.rule.cooldown && at - this.#firedAt < this.rule.remind;
  }

  #remember(key: string): void {
    this.#seen.add(key);
    if (this.#order.length < MOST_SEEN) return void this.#order.push(key);
    this.#seen.delete(this.#order[this.#oldest] as string);
    this.#order[this.#oldest] = key;
    this.#oldest = (this.#oldest + 1) % MOST_SEEN;
  }
}
