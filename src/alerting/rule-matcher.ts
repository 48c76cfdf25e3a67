import type { Expectations } from '../core/baseline';
import { ByModel } from '../quality/by-model';
import { DriftWindow } from '../quality/drift';
import type { DriftFinding } from '../core/event';
import type { ModelIdentity, Outcome } from '../core/prediction';
import { conditionOf, type PredictionCondition } from '../core/prediction-condition';
import type { DriftRule, Rule } from '../core/rule';

/** The condition of one rule on single outcomes. */
export interface Matcher {
  /** Matches that fire the rule … */
  readonly threshold: number;
  /** … if they arrive within this time, ms. */
  readonly windowMs: number;
  matches(outcome: Outcome): boolean;
  /** The finding of the last match of a drift rule. */
  readonly drift?: DriftFinding | undefined;
}

/** The expected predictions of a model; undefined if it has no baseline. */
export type BaselineOf = (model: ModelIdentity) => Expectations | undefined;

export function createMatcher(rule: Rule, baselineOf: BaselineOf): Matcher {
  switch (rule.kind) {
    case 'label':
    case 'objects':
      return matcher(1, 0, ofPredictions(conditionOf(rule)));
    case 'low-confidence':
    case 'wrong':
      return matcher(rule.count, rule.window, ofPredictions(conditionOf(rule)));
    case 'rate':
      return matcher(
        rule.moreThan + 1,
        rule.window,
        ofPredictions(({ label }) => label === rule.label),
      );
    case 'dead-letters':
      return matcher(
        rule.moreThan + 1,
        rule.window,
        (outcome) => outcome.kind === 'dead letter' && (rule.codes?.includes(outcome.rejection.code) ?? true),
      );
    case 'drift':
      return new DriftMatcher(rule, baselineOf);
  }
}

function matcher(threshold: number, windowMs: number, matches: Matcher['matches']): Matcher {
  return { threshold, windowMs, matches };
}

function ofPredictions(condition: PredictionCondition): Matcher['matches'] {
  return (outcome) => outcome.kind === 'prediction' && condition(outcome);
}

/**
 * Evaluates predictions in blocks; the last one of a block is the match. A restart begins a new block, and each model has
 * its own blocks. A model without a baseline is ignored unless the rule has a baseline of its own.
 */
class DriftMatcher implements Matcher {
  readonly threshold = 1;
  readonly windowMs = 0;
  drift: DriftFinding | undefined;
  readonly #windows: ByModel<DriftWindow | undefined>;

  constructor(
    private readonly rule: DriftRule,
    baselineOf: BaselineOf,
  ) {
    this.#windows = new ByModel((model) => createWindow(baselineOf(model), rule));
  }

  matches(outcome: Outcome): boolean {
    if (outcome.kind !== 'prediction') return false;
    const { label, confidence, model } = outcome;
    const window = this.#windows.of(model);
    if (window === undefined) return false;
    window.add(label, confidence, outcome.pixelSums);
    if (window.size < this.rule.samples) return false;
    this.drift = window.measure(this.rule.above);
    window.clear();
    return this.drift.index > this.drift.limit;
  }
}

function createWindow(own: Expectations | undefined, { baseline }: DriftRule): DriftWindow | undefined {
  if (baseline === undefined) return own && new DriftWindow(own);
  // A baseline of unknown size is treated as exact.
  return new DriftWindow({ images: Infinity, ...own, classes: baseline });
}
