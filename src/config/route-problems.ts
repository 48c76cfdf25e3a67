import { CLASS_NAMES, parseLabel } from '../core/labels';
import { PREDICTION_RULE_KINDS } from '../core/prediction-condition';
import { noSuchClass } from '../core/resolve-rules';
import type { Route } from '../core/route';
import type { ConfiguredRule } from '../core/rule';
import { closest } from '../core/suggest';
import type { AcrossProblem } from './across-problem';
import { namesShippedModel, type Config } from './schema';

/** Finds routes that no prediction can take, and settings that have no effect. */
export function routeProblems(config: Pick<Config, 'output' | 'alerts' | 'inference'>): AcrossProblem[] {
  const { routes, match, unmatched } = config.output;
  if (routes.length === 0) return unmatched === 'none' ? [WITHOUT_ROUTES] : [];
  const labels = namesShippedModel(config) ? CLASS_NAMES : undefined;
  return routes.flatMap((route, at) => {
    const before = match === 'first' ? routes.slice(0, at).findIndex(takesEverything) : -1;
    const problems = [
      ...(before >= 0 ? [hidden(before)] : []),
      ...confidenceProblems(route),
      ...(labels ? classProblems(route, labels) : []),
      ...ruleProblems(route, config.alerts),
    ];
    return problems.map(([setting, message]) => ({ path: `output.routes.${at}.${setting}`, message }));
  });
}

const WITHOUT_ROUTES: AcrossProblem = {
  path: 'output.unmatched',
  message: 'without routes no prediction would be published; add output.routes, or remove it',
};

type Found = readonly [setting: string, message: string];

/** Only a condition can exclude a prediction. */
function takesEverything({ topic: _, ...conditions }: Route): boolean {
  return Object.values(conditions).every((value) => value === undefined);
}

function hidden(before: number): Found {
  return [
    'topic',
    `can never match: route ${before + 1} has no conditions and takes every prediction; move it to the end`,
  ];
}

function confidenceProblems({ minConfidence = 0, maxConfidence = 1 }: Route): Found[] {
  if (minConfidence <= maxConfidence) return [];
  return [['minConfidence', `can never match: it is above maxConfidence, ${maxConfidence}`]];
}

function classProblems({ classes = [] }: Route, labels: readonly string[]): Found[] {
  return classes.flatMap((value, at): Found[] =>
    parseLabel(value, labels) === undefined ? [[`classes.${at}`, noSuchClass(value, labels)]] : [],
  );
}

function ruleProblems({ rule: name }: Route, rules: readonly ConfiguredRule[]): Found[] {
  if (name === undefined) return [];
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) return [['rule', noSuchRule(name, rules)]];
  if (PREDICTION_RULE_KINDS.some((kind) => kind === rule.kind)) return [];
  const kinds = PREDICTION_RULE_KINDS.join(', ');
  return [['rule', `a rule of the kind ${rule.kind} is not about single predictions; use one of ${kinds}`]];
}

function noSuchRule(name: string, rules: readonly ConfiguredRule[]): string {
  const names = rules.map((rule) => rule.name);
  const meant = closest(name, names);
  if (meant !== undefined) return `there is no such rule in alerts; did you mean ${meant}?`;
  return `there is no such rule in alerts; ${names.length === 0 ? 'add it there' : `the rules are ${names.join(', ')}`}`;
}
