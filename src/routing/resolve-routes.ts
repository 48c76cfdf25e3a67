import { StreamInferError } from '../core/errors';
import { parseLabel } from '../core/labels';
import type { ModelIdentity } from '../core/prediction';
import {
  conditionOf,
  PREDICTION_RULE_KINDS,
  type PredictionCondition,
  type PredictionRule,
} from '../core/prediction-condition';
import { noSuchClass } from '../core/resolve-rules';
import type { Route } from '../core/route';
import type { Rule } from '../core/rule';

/** A route whose classes and rule are those of the loaded model. */
export interface ResolvedRoute {
  readonly topic: string;
  /** All of them must hold. */
  readonly conditions: readonly PredictionCondition[];
}

export interface RoutedModel {
  readonly labels: readonly string[];
  readonly model: Pick<ModelIdentity, 'name' | 'version'>;
  /** Other versions may be loaded later. */
  readonly changes: boolean;
  /** With the classes of this model. */
  readonly rules: readonly Rule[];
}

/** Throws CONFIG_INVALID with every mistake. */
export function resolveRoutes(routes: readonly Route[], about: RoutedModel): ResolvedRoute[] {
  const problems: string[] = [];
  const resolved = routes.map((route, at): ResolvedRoute => {
    const report = (setting: string, problem: string): void =>
      void problems.push(`output.routes.${at}.${setting}: ${problem}`);
    return { topic: route.topic, conditions: conditionsOf(route, about, report) };
  });
  if (problems.length > 0) throw new StreamInferError('CONFIG_INVALID', problems.join('\n'));
  return resolved;
}

type Report = (setting: string, problem: string) => void;

function conditionsOf(route: Route, about: RoutedModel, report: Report): PredictionCondition[] {
  const { classes, minConfidence, maxConfidence, correct } = route;
  const conditions: PredictionCondition[] = [];
  if (classes !== undefined) conditions.push(ofClasses(classes, about.labels, report));
  if (minConfidence !== undefined) conditions.push(({ confidence }) => confidence >= minConfidence);
  if (maxConfidence !== undefined) conditions.push(({ confidence }) => confidence <= maxConfidence);
  if (correct !== undefined)
    conditions.push(({ truth, label }) => truth !== undefined && (truth === label) === correct);
  if (route.model !== undefined) conditions.push(ofModel(route.model, about, report));
  if (route.rule !== undefined) conditions.push(ofRule(route.rule, about.rules, report));
  return conditions;
}

function ofClasses(
  classes: NonNullable<Route['classes']>,
  labels: readonly string[],
  report: Report,
): PredictionCondition {
  const wanted = new Set<number>();
  for (const [at, value] of classes.entries()) {
    const label = parseLabel(value, labels);
    if (label === undefined)
      report(`classes.${at}`, `${noSuchClass(value, labels)}; got ${JSON.stringify(value)}`);
    else wanted.add(label);
  }
  return ({ label }) => wanted.has(label);
}

function ofModel(wanted: string, { model, changes }: RoutedModel, report: Report): PredictionCondition {
  const [name, version] = wanted.split('@');
  const isOther = version !== undefined && !changes && Number(version) !== model.version;
  if (name !== model.name || isOther)
    report('model', `can never match: the model is ${model.name}@${model.version}; got ${wanted}`);
  if (version === undefined) return ({ model: { name: own } }) => own === name;
  const number = Number(version);
  return ({ model: own }) => own.version === number && own.name === name;
}

function ofRule(name: string, rules: readonly Rule[], report: Report): PredictionCondition {
  const rule = rules.find((one) => one.name === name);
  if (rule !== undefined && isAboutPredictions(rule)) return conditionOf(rule);
  report('rule', `there is no rule about single predictions with this name; got ${name}`);
  return () => false;
}

function isAboutPredictions(rule: Rule): rule is PredictionRule {
  return PREDICTION_RULE_KINDS.some((kind) => kind === rule.kind);
}
