import type { RejectionCode } from './errors';

export const RULE_KINDS = ['label', 'low-confidence', 'wrong', 'rate', 'dead-letters', 'drift'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What every rule has. */
interface RuleBase {
  readonly name: string;
  readonly severity: Severity;
  /** An event of this rule is one that a person should see: it gets an alert number. */
  readonly alert: boolean;
  /** After an event the rule is silent until it has not matched for so long, ms: one cause, one event. */
  readonly cooldown: number;
  /** A cause that goes on is told again after so long, ms. */
  readonly remind: number;
}

/** A prediction of one of these classes, at or above a confidence. */
export interface LabelRule extends RuleBase {
  readonly kind: 'label';
  readonly labels: readonly number[];
  readonly minConfidence: number;
}

/** `count` predictions at or below a confidence within `window` ms. */
export interface LowConfidenceRule extends RuleBase {
  readonly kind: 'low-confidence';
  readonly maxConfidence: number;
  readonly count: number;
  readonly window: number;
}

/** `count` predictions whose truth is known and different, within `window` ms. */
export interface WrongRule extends RuleBase {
  readonly kind: 'wrong';
  readonly count: number;
  readonly window: number;
}

/** More than `moreThan` predictions of one class within `window` ms. */
export interface RateRule extends RuleBase {
  readonly kind: 'rate';
  readonly label: number;
  readonly moreThan: number;
  readonly window: number;
}

/** More than `moreThan` dead letters (with one of these codes) within `window` ms. */
export interface DeadLettersRule extends RuleBase {
  readonly kind: 'dead-letters';
  readonly codes?: readonly RejectionCode[] | undefined;
  readonly moreThan: number;
  readonly window: number;
}

/** `samples` predictions in a row, or their images, are otherwise than the model's baseline says: an index above a limit. */
export interface DriftRule extends RuleBase {
  readonly kind: 'drift';
  readonly above: number;
  readonly samples: number;
  /** Share of each class, 0–1, instead of the model's own. */
  readonly baseline?: readonly number[] | undefined;
}

/** What the configuration says is worth noticing: a closed set of kinds, no language of its own. */
export type Rule = LabelRule | LowConfidenceRule | WrongRule | RateRule | DeadLettersRule | DriftRule;
