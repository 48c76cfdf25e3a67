import type { RejectionCode } from './errors';

export const RULE_KINDS = [
  'label',
  'low-confidence',
  'wrong',
  'rate',
  'objects',
  'dead-letters',
  'drift',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A class in a rule of the configuration: its label, or its name, which only its model can resolve. */
export type ClassReference = number | string;

/** Properties of every rule. */
interface RuleBase {
  readonly name: string;
  readonly severity: Severity;
  /** An event of this rule requires a person's attention: it gets an alert number. */
  readonly alert: boolean;
  /** A rule fires once per incident and re-arms after this time without a match, ms. */
  readonly cooldown: number;
  /** An incident that persists is reported again after this time, ms. */
  readonly remind: number;
}

/** A prediction of one of these classes, at or above a confidence. */
export interface LabelRule<Class = number> extends RuleBase {
  readonly kind: 'label';
  readonly labels: readonly Class[];
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
export interface RateRule<Class = number> extends RuleBase {
  readonly kind: 'rate';
  readonly label: Class;
  readonly moreThan: number;
  readonly window: number;
}

/** An image with more than `moreThan` objects of one class, or of all, at or above a confidence. */
export interface ObjectsRule<Class = number> extends RuleBase {
  readonly kind: 'objects';
  readonly label?: Class | undefined;
  readonly minConfidence: number;
  readonly moreThan: number;
}

/** More than `moreThan` dead letters (with one of these codes) within `window` ms. */
export interface DeadLettersRule extends RuleBase {
  readonly kind: 'dead-letters';
  readonly codes?: readonly RejectionCode[] | undefined;
  readonly moreThan: number;
  readonly window: number;
}

/** `samples` consecutive predictions, or their images, deviate from the model's baseline: an index above a limit. */
export interface DriftRule extends RuleBase {
  readonly kind: 'drift';
  readonly above: number;
  readonly samples: number;
  /** Share of each class, 0–1, instead of the model's own. */
  readonly baseline?: readonly number[] | undefined;
}

/** The events that the configuration describes: a closed set of kinds, without an expression language. */
export type Rule<Class = number> =
  | LabelRule<Class>
  | LowConfidenceRule
  | WrongRule
  | RateRule<Class>
  | ObjectsRule<Class>
  | DeadLettersRule
  | DriftRule;

/** A rule before its classes are resolved. */
export type ConfiguredRule = Rule<ClassReference>;

/** Names of the drift rules that compare with the model's baseline, and not with one of their own. */
export function rulesOnBaseline(rules: readonly Rule<unknown>[]): string[] {
  return rules.flatMap((rule) => (rule.kind === 'drift' && rule.baseline === undefined ? [rule.name] : []));
}
