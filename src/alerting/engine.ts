import type { DriftFinding } from '../core/event';
import type { Outcome } from '../core/prediction';
import type { Rule } from '../core/rule';
import { describeMatch } from './describe';
import { createMatcher, type BaselineOf, type Matcher } from './matcher';
import { MatchWindow, type WindowState } from './window';

/** A rule that has enough: what an event is made of. */
export interface Firing {
  readonly rule: Rule;
  /** The one that made it an event. */
  readonly outcome: Outcome;
  /** Matches that it is made of. */
  readonly count: number;
  readonly description: string;
  readonly drift?: DriftFinding | undefined;
}

/** New matches by rule, as they have to be remembered. */
export type Matches = ReadonlyMap<string, readonly string[]>;

/** What the rules made of some outcomes. */
export interface Finding {
  readonly at: number;
  readonly matches: Matches;
  readonly firings: readonly Firing[];
  /** Matches that belong to the latest event of their rule, by rule. */
  readonly folded: ReadonlyMap<string, number>;
}

export type EngineState = Readonly<Record<string, WindowState>>;

interface Watcher {
  readonly rule: Rule;
  readonly matcher: Matcher;
  readonly window: MatchWindow;
}

/** Looks at every outcome with every rule. It is on the way of the stream: no promise, no copy, nothing but comparing. */
export class RuleEngine {
  readonly #watchers: readonly Watcher[];

  constructor(rules: readonly Rule[], state: EngineState = {}, baselineOf: BaselineOf = () => undefined) {
    this.#watchers = rules.map((rule) => {
      const matcher = createMatcher(rule, baselineOf);
      const before = Object.hasOwn(state, rule.name) ? state[rule.name] : undefined;
      return { rule, matcher, window: new MatchWindow(matcher.threshold, matcher.windowMs, rule, before) };
    });
  }

  /** null if nothing matched that did not match before. `at` is ms since 1970. */
  look(outcomes: readonly Outcome[], at: number): Finding | null {
    let found: { matches: Map<string, string[]>; firings: Firing[]; folded: Map<string, number> } | null =
      null;
    for (const watcher of this.#watchers) {
      for (const outcome of outcomes) {
        if (!watcher.matcher.matches(outcome)) continue;
        const { rule, window } = watcher;
        const key = keyOf(outcome);
        const verdict = window.add(key, at);
        if (verdict === 'seen') continue;
        found ??= { matches: new Map(), firings: [], folded: new Map() };
        const keys = found.matches.get(rule.name);
        if (keys) keys.push(key);
        else found.matches.set(rule.name, [key]);
        if (verdict === 'fires') found.firings.push(firingOf(watcher, outcome));
        if (verdict === 'folded') found.folded.set(rule.name, (found.folded.get(rule.name) ?? 0) + 1);
      }
    }
    return found && { at, ...found };
  }

  /** Matches of an earlier run: leads to the state of then. Rules that are no more are passed over. */
  replay(matches: Iterable<readonly [rule: string, keys: readonly string[]]>, at: number): void {
    for (const [name, keys] of matches) {
      const watcher = this.#watchers.find(({ rule }) => rule.name === name);
      for (const key of keys) watcher?.window.add(key, at);
    }
  }

  get state(): EngineState {
    return Object.fromEntries(this.#watchers.map(({ rule, window }) => [rule.name, window.state]));
  }
}

function firingOf({ rule, matcher }: Watcher, outcome: Outcome): Firing {
  const { threshold: count, drift } = matcher;
  return { rule, outcome, count, drift, description: describeMatch(rule, outcome, count, drift) };
}

/** With the message's timestamp: a topic that was deleted and made again counts its offsets anew. */
function keyOf({ delivery }: Outcome): string {
  return `${delivery.sourceId}@${delivery.timestamp}`;
}
