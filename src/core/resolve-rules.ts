import { StreamInferError } from './errors';
import { NOTHING } from './found-objects';
import { parseLabel } from './labels';
import type { ClassReference, ConfiguredRule, Rule } from './rule';
import { closest } from './suggest';

/** Classes in a message; a model may have thousands. */
const MOST_NAMED = 20;

/** Finds the classes of rules among the labels of the model. Throws CONFIG_INVALID with every mistake. */
export function resolveRules(rules: readonly ConfiguredRule[], labels: readonly string[]): Rule[] {
  const problems: string[] = [];
  const resolve = (rule: ConfiguredRule, setting: string, value: ClassReference): number => {
    const label = parseLabel(value, labels);
    if (label === undefined)
      problems.push(
        `the rule ${rule.name}: ${setting}: ${noSuchClass(value, labels)}; got ${JSON.stringify(value)}`,
      );
    return label ?? 0;
  };
  const resolved = rules.map((rule): Rule => {
    if (rule.kind === 'label')
      return { ...rule, labels: rule.labels.map((value) => resolve(rule, 'labels', value)) };
    if (rule.kind === 'rate') return { ...rule, label: resolve(rule, 'label', rule.label) };
    if (rule.kind === 'objects') {
      if (labels.at(-1) !== NOTHING)
        problems.push(
          `the rule ${rule.name}: the model classifies whole images, and finds no objects to count`,
        );
      const { label, ...others } = rule;
      return { ...others, ...(label !== undefined && { label: resolve(rule, 'label', label) }) };
    }
    if (rule.kind === 'drift' && rule.baseline !== undefined && rule.baseline.length !== labels.length)
      problems.push(
        `the rule ${rule.name}: baseline: the model has ${labels.length} classes; got ${rule.baseline.length} shares`,
      );
    return rule;
  });
  if (problems.length > 0) throw new StreamInferError('CONFIG_INVALID', problems.join('\n'));
  return resolved;
}

/** A problem of a class, with a suggestion. */
export function noSuchClass(value: ClassReference, labels: readonly string[]): string {
  const meant = typeof value === 'string' ? closest(value, labels) : undefined;
  if (meant !== undefined) return `there is no such class; did you mean ${meant}?`;
  const more = labels.length > MOST_NAMED ? ` and ${labels.length - MOST_NAMED} more` : '';
  return `there is no such class; the classes are ${labels.slice(0, MOST_NAMED).join(', ')}${more}`;
}
