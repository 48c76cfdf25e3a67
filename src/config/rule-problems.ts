import { CLASS_COUNT, CLASS_NAMES } from '../core/labels';
import type { ClassReference, ConfiguredRule as Rule } from '../core/rule';

/** A problem of a rule that fits the schema. */
export interface RuleProblem {
  /** In the configuration: `alerts`, position, setting. */
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * Finds rules that can never fire, and pairs that would report the same cause twice.
 *
 * @param rules undefined in place of a rule that does not fit the schema
 * @param isShipped false for a model whose classes are not known yet
 */
export function ruleProblems(rules: readonly (Rule | undefined)[], isShipped: boolean): RuleProblem[] {
  return rules.flatMap((rule, at) => {
    if (rule === undefined) return [];
    const problem = (isShipped ? whyNever(rule) : undefined) ?? sameAs(rule, rules.slice(0, at));
    return problem === undefined
      ? []
      : [{ path: ['alerts', String(at), problem.setting], message: problem.message }];
  });
}

interface Found {
  readonly setting: string;
  readonly message: string;
}

function whyNever(rule: Rule): Found | undefined {
  if (rule.kind === 'objects')
    return {
      setting: 'kind',
      message: 'can never fire: the model classifies whole images and finds no objects',
    };
  if (rule.kind === 'low-confidence' && rule.maxConfidence < 1 / CLASS_COUNT) {
    const message = `can never fire: the largest of ${CLASS_COUNT} probabilities is ${1 / CLASS_COUNT} or more`;
    return { setting: 'maxConfidence', message };
  }
  return undefined;
}

/** Two rules may cover the same cause only as an escalation, with different severities. */
function sameAs(rule: Rule, earlier: readonly (Rule | undefined)[]): Found | undefined {
  const namesake = earlier.findIndex((other) => other?.name === rule.name);
  if (namesake >= 0)
    return { setting: 'name', message: `rule ${namesake + 1} has the name ${rule.name} already` };
  for (const candidate of earlier) {
    if (candidate?.severity !== rule.severity) continue;
    const shared = sharedSubject(rule, candidate);
    if (shared !== undefined)
      return {
        setting: shared.setting,
        message: `overlaps with the rule ${candidate.name}: ${shared.message}; join them, or give them different severities`,
      };
  }
  return undefined;
}

function sharedSubject(rule: Rule, other: Rule): Found | undefined {
  if (rule.kind === 'label' && other.kind === 'label') {
    const shared = rule.labels.find((label) => other.labels.includes(label));
    return shared === undefined
      ? undefined
      : { setting: 'labels', message: `both are about ${nameOf(shared)}` };
  }
  if (rule.kind === 'rate' && other.kind === 'rate')
    return rule.label === other.label
      ? { setting: 'label', message: `both are about ${nameOf(rule.label)}` }
      : undefined;
  if (rule.kind === 'objects' && other.kind === 'objects')
    return rule.label === other.label
      ? {
          setting: 'label',
          message: `both count ${rule.label === undefined ? 'all objects' : nameOf(rule.label)}`,
        }
      : undefined;
  if (rule.kind === 'dead-letters' && other.kind === 'dead-letters') {
    const shared = rule.codes?.find((code) => other.codes?.includes(code) ?? true);
    if (rule.codes === undefined || other.codes === undefined)
      return { setting: 'kind', message: 'one of them is about every dead letter' };
    return shared === undefined ? undefined : { setting: 'codes', message: `both are about ${shared}` };
  }
  return rule.kind === other.kind
    ? { setting: 'kind', message: `both are about every prediction` }
    : undefined;
}

/** Numbers are of the shipped models, whose classes are resolved, or of a model that is not known yet. */
function nameOf(reference: ClassReference): string {
  return typeof reference === 'string' ? reference : (CLASS_NAMES[reference] ?? `class ${reference}`);
}
