import type { DriftFinding } from '../core/event';
import { CLASS_NAMES } from '../core/labels';
import type { Outcome } from '../core/prediction';
import type { Rule } from '../core/rule';
import { describeMatch } from './describe-match';
import { createMatcher, type BaselineOf, type Matcher } from './rule-matcher';

/** A rule whose threshold is reached; the content of an event. */
export interface Firing {
  readonly rule: Rule;
  /** The last match, which reached the threshold. */
  readonly outcome: Outcome;
  /** Matches that count towards the event. */
  readonly count: number;
  readonly description: string;
  readonly drift?: DriftFinding | undefined;
}

/** Keys of the new matches by rule, for the journal. */
export type Matches = ReadonlyMap<string, readonly string[]>;

/** The result of evaluating all rules on some outcomes. */
export interface Finding {
  readonly at: number;
  readonly matches: Matches;
  readonly firings: readonly Firing[];
  /** Matches that belong to the latest event of their rule, by rule. */
  readonly folded: ReadonlyMap<string, number>;
}

export type EngineState = Readonly<Record<string, WindowState>>;

interface RuleState {
  readonly rule: Rule;
  readonly matcher: Matcher;
  readonly window: MatchWindow;
}

/** Evaluates every rule on every outcome. It runs on the hot path: no promises and no copies, only comparisons. */
export class RuleEngine {
  readonly #rules: readonly RuleState[];

  /** @param labels names of the classes, for descriptions */
  constructor(
    rules: readonly Rule[],
    state: EngineState = {},
    baselineOf: BaselineOf = () => undefined,
    private readonly labels: readonly string[] = CLASS_NAMES,
  ) {
    this.#rules = rules.map((rule) => {
      const matcher = createMatcher(rule, baselineOf);
      const before = Object.hasOwn(state, rule.name) ? state[rule.name] : undefined;
      return { rule, matcher, window: new MatchWindow(matcher.threshold, matcher.windowMs, rule, before) };
    });
  }

  /** Returns null without a new match. `at` is ms since 1970. */
  evaluate(outcomes: readonly Outcome[], at: number): Finding | null {
    let found: { matches: Map<string, string[]>; firings: Firing[]; folded: Map<string, number> } | null =
      null;
    for (const state of this.#rules) {
      for (const outcome of outcomes) {
        if (!state.matcher.matches(outcome)) continue;
        const { rule, window } = state;
        const key = keyOf(outcome);
        const verdict = window.add(key, at);
        if (verdict === 'seen') continue;
        found ??= { matches: new Map(), firings: [], folded: new Map() };
        const keys = found.matches.get(rule.name);
        if (keys) keys.push(key);
        else found.matches.set(rule.name, [key]);
        if (verdict === 'fires') found.firings.push(firingOf(state, outcome, this.labels));
        if (verdict === 'folded') found.folded.set(rule.name, (found.folded.get(rule.name) ?? 0) + 1);
      }
    }
    return found && { at, ...found };
  }

  /** Restores the state from the matches of an earlier run. Rules that were removed are ignored. */
  replay(matches: Iterable<readonly [rule: string, keys: readonly string[]]>, at: number): void {
    for (const [name, keys] of matches) {
      const found = this.#rules.find(({ rule }) => rule.name === name);
      for (const key of keys) found?.window.add(key, at);
    }
  }

  get state(): EngineState {
    return Object.fromEntries(this.#rules.map(({ rule, window }) => [rule.name, window.state]));
  }
}

function firingOf({ rule, matcher }: RuleState, outcome: Outcome, labels: readonly string[]): Firing {
  const { threshold: count, drift } = matcher;
  return { rule, outcome, count, drift, description: describeMatch({ rule, outcome, count, drift }, labels) };
}

/** Includes the timestamp, because the offsets of a deleted and recreated topic start at 0 again. */
function keyOf({ delivery }: Outcome): string {
  return `${delivery.sourceId}@${delivery.timestamp}`;
}

/** Plain data that survives a restart. */
export interface WindowState {
  /** Keys of counted matches, oldest first; a redelivered match is not counted twice. */
  readonly seen: readonly string[];
  /** Times of matches that did not lead to an event yet, ms since 1970. */
  readonly pending: readonly number[];
  readonly firedAt: number | null;
  readonly lastAt: number | null;
}

/** `seen`: counted before. `counted`: below the threshold. `fires`: an event. `folded`: part of the event before. */
type Verdict = 'seen' | 'counted' | 'fires' | 'folded';

/** Only messages in flight are redelivered after a crash, so a few more keys suffice. */
const MAX_SEEN = 8_192;

/**
 * Turns the matches of one rule into events: `threshold` matches within `windowMs` fire it. It re-arms after `cooldown`
 * without a match, or after `remind`. Deterministic, so the journal can restore it by replaying matches.
 */
class MatchWindow {
  readonly #seen: Set<string>;
  /** The same keys in a ring, because finding the oldest value of a Set gets slower with every deletion. */
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
    this.#order = [...(state?.seen ?? [])].slice(-MAX_SEEN);
    this.#seen = new Set(this.#order);
    this.#pending = [...(state?.pending ?? [])];
    this.#firedAt = state?.firedAt ?? null;
    this.#lastAt = state?.lastAt ?? null;
  }

  /**
   * @param key identifies the match; equal for each delivery of the same message
   * @param at ms since 1970
   */
  add(key: string, at: number): Verdict {
    if (this.#seen.has(key)) return 'seen';
    this.#remember(key);
    if (this.#isSameIncident(at)) {
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

  #isSameIncident(at: number): boolean {
    if (this.#firedAt === null || this.#lastAt === null) return false;
    return at - this.#lastAt < this.rule.cooldown && at - this.#firedAt < this.rule.remind;
  }

  #remember(key: string): void {
    this.#seen.add(key);
    if (this.#order.length < MAX_SEEN) return void this.#order.push(key);
    this.#seen.delete(this.#order[this.#oldest] as string);
    this.#order[this.#oldest] = key;
    this.#oldest = (this.#oldest + 1) % MAX_SEEN;
  }
}
