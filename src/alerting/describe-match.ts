import { plural } from '../core/plural';
import type { DriftFinding } from '../core/event';
import { objectsText } from '../core/found-objects';
import type { Outcome, Prediction } from '../core/prediction';
import type { Rule } from '../core/rule';

interface Match {
  readonly rule: Rule;
  readonly outcome: Outcome;
  readonly count: number;
  readonly drift?: DriftFinding | undefined;
}

type NameOf = (label: number) => string;

/** Describes a match as a sentence. */
export function describeMatch({ rule, outcome, count, drift }: Match, labels: readonly string[]): string {
  const nameOf = (label: number): string => labels[label] ?? String(label);
  switch (rule.kind) {
    case 'label':
      return `${described(outcome, nameOf)}; the rule matches ${rule.labels.map(nameOf).join(', ')}${atLeast(rule.minConfidence)}.`;
    case 'low-confidence':
      return `${several(count, 'prediction')} at or below ${percent(rule.maxConfidence)}${within(count, rule.window)}: ${described(outcome, nameOf)}.`;
    case 'wrong':
      return `${several(count, 'wrong prediction')}${within(count, rule.window)}: ${described(outcome, nameOf)}.`;
    case 'rate':
      return `More than ${rule.moreThan} × ${nameOf(rule.label)} within ${duration(rule.window)}.`;
    case 'objects':
      return outcome.kind === 'prediction'
        ? `${objectsText(outcome.prediction.objects ?? [])}; the rule matches more than ${rule.label === undefined ? plural(rule.moreThan, 'object') : `${rule.moreThan} × ${nameOf(rule.label)}`}${rule.minConfidence > 0 ? ` with at least ${percent(rule.minConfidence)}` : ''}.`
        : described(outcome, nameOf);
    case 'dead-letters':
      return `More than ${plural(rule.moreThan, 'dead letter')} within ${duration(rule.window)}; latest: ${described(outcome, nameOf)}.`;
    case 'drift':
      return drift === undefined ? 'The classes have drifted.' : driftSentence(drift, nameOf);
  }
}

function described(outcome: Outcome, nameOf: NameOf): string {
  if (outcome.kind === 'dead letter') return `${outcome.rejection.code} (${outcome.rejection.message})`;
  const { className, confidence } = outcome.prediction;
  return `${className} with ${percent(confidence)}${truthOf(outcome.prediction, nameOf)}`;
}

function truthOf({ truth, correct }: Prediction, nameOf: NameOf): string {
  return correct === false && truth !== undefined ? `, actually ${nameOf(truth)}` : '';
}

function driftSentence(drift: DriftFinding, nameOf: NameOf): string {
  const { index, limit, samples, measure } = drift;
  const figures = `stability index ${index.toFixed(2)}, limit ${limit.toFixed(2)}`;
  const finding = {
    classes: `are distributed differently than expected (${figures}): ${largestShift(drift, nameOf)}`,
    confidence: `are less or more confident than expected (${figures})`,
    brightness: `are of brighter or darker images than expected (${figures})`,
    contrast: `are of images with more or less contrast than expected (${figures})`,
  };
  return `The last ${samples} predictions ${finding[measure]}.`;
}

function largestShift({ shares, expected }: DriftFinding, nameOf: NameOf): string {
  const apart = shares.map((share, label) => Math.abs(share - (expected[label] ?? 0)));
  const most = apart.indexOf(Math.max(...apart));
  return `${nameOf(most)} is ${percent(shares[most] ?? 0)} instead of ${percent(expected[most] ?? 0)}`;
}

function atLeast(confidence: number): string {
  return confidence === 0 ? '' : ` with at least ${percent(confidence)}`;
}

function several(count: number, noun: string): string {
  return count === 1 ? `A ${noun}` : `${count} ${noun}s`;
}

function within(count: number, windowMs: number): string {
  return count === 1 ? '' : ` within ${duration(windowMs)}; latest`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 120_000 ? `${ms / 1_000} s` : `${Math.round(ms / 6_000) / 10} min`;
}
