import { stabilityIndex } from '../../core/drift';
import type { DriftFinding } from '../../core/event';
import { CLASS_COUNT } from '../../core/labels';
import type { Outcome } from '../../core/prediction';
import type { DriftRule, Rule } from '../../core/rule';

/** What one rule looks for in single outcomes. */
export interface Matcher {
  /** So many matches … */
  readonly threshold: number;
  /** … within this time make an event, ms. */
  readonly windowMs: number;
  matches(outcome: Outcome): boolean;
  /** Of the match before. */
  readonly drift?: DriftFinding | undefined;
}

export function createMatcher(rule: Rule): Matcher {
  switch (rule.kind) {
    case 'label':
      return matcher(1, 0, (outcome) => isAt(outcome, rule.labels, rule.minConfidence));
    case 'low-confidence':
      return matcher(
        rule.count,
        rule.window,
        (outcome) => outcome.kind === 'prediction' && outcome.prediction.confidence <= rule.maxConfidence,
      );
    case 'wrong':
      return matcher(
        rule.count,
        rule.window,
        (outcome) => outcome.kind === 'prediction' && outcome.prediction.correct === false,
      );
    case 'rate':
      return matcher(rule.moreThan + 1, rule.window, (outcome) => isAt(outcome, [rule.label], 0));
    case 'dead-letters':
      return matcher(
        rule.moreThan + 1,
        rule.window,
        (outcome) => outcome.kind === 'dead letter' && (rule.codes?.includes(outcome.rejection.code) ?? true),
      );
    case 'drift':
      return new DriftMatcher(rule);
  }
}

function matcher(threshold: number, windowMs: number, matches: Matcher['matches']): Matcher {
  return { threshold, windowMs, matches };
}

function isAt(outcome: Outcome, labels: readonly number[], minConfidence: number): boolean {
  return (
    outcome.kind === 'prediction' &&
    labels.includes(outcome.prediction.label) &&
    outcome.prediction.confidence >= minConfidence
  );
}

/** Looks at predictions in blocks; the last one of a block is the match. A restart begins a new block. */
class DriftMatcher implements Matcher {
  readonly threshold = 1;
  readonly windowMs = 0;
  drift: DriftFinding | undefined;
  #counts = new Uint32Array(CLASS_COUNT);
  #size = 0;

  constructor(private readonly rule: DriftRule) {}

  matches(outcome: Outcome): boolean {
    if (outcome.kind !== 'prediction') return false;
    this.#counts[outcome.prediction.label]!++;
    if (++this.#size < this.rule.samples) return false;
    const shares = Array.from(this.#counts, (count) => count / this.#size);
    this.#counts = new Uint32Array(CLASS_COUNT);
    this.#size = 0;
    const index = stabilityIndex(shares, this.rule.baseline);
    const { samples, baseline: expected, above } = this.rule;
    this.drift = { index, samples, shares, expected };
    return index > above;
  }
}
