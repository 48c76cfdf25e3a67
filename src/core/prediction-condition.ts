import { countObjects } from './found-objects';
import type { PredictionOutcome } from './prediction';
import type { Rule } from './rule';

/** Kinds of rules whose condition is about one prediction; the others count, or are about dead letters. */
export const PREDICTION_RULE_KINDS = ['label', 'low-confidence', 'wrong', 'objects'] as const;

export type PredictionRule = Extract<Rule, { readonly kind: (typeof PREDICTION_RULE_KINDS)[number] }>;

/** Whether one prediction meets a condition. */
export type PredictionCondition = (prediction: PredictionOutcome) => boolean;

/** The condition of a rule, without its count and window. */
export function conditionOf(rule: PredictionRule): PredictionCondition {
  switch (rule.kind) {
    case 'label':
      return ({ label, confidence }) => rule.labels.includes(label) && confidence >= rule.minConfidence;
    case 'low-confidence':
      return ({ confidence }) => confidence <= rule.maxConfidence;
    case 'wrong':
      return ({ truth, label }) => truth !== undefined && truth !== label;
    case 'objects':
      return ({ prediction }) => countObjects(prediction, rule.label, rule.minConfidence) > rule.moreThan;
  }
}
