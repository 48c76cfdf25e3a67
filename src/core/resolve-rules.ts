import { StreamInferError } from './errors';
import { parseLabel } from './labels';
import type { ObjectsOutput } from './model-description';
import type { ClassReference, ConfiguredRule, LowConfidenceRule, ObjectsRule, Rule } from './rule';
import { closest } from './suggest';

/** Classes in a message; a model may have thousands. */
const MOST_NAMED = 20;

/**
 * Finds the classes of rules among the labels of the model. Throws CONFIG_INVALID with every mistake, also for rules that
 * can never fire.
 *
 * @param objects of a model that finds objects
 */
export function resolveRules(
  rules: readonly ConfiguredRule[],
  labels: readonly string[],
  objects?: ObjectsOutput,
): Rule[] {
  const problems: string[] = [];
  const resolve = (rule: ConfiguredRule, setting: string, value: ClassReference): number => {
    const label = parseLabel(value, labels);
    if (label === undefined)
      problems.push(
        `the rule ${rule.name}: ${setting}: ${noSuchClass(value, labels)}; got ${JSON.stringify(value)}`,
      );
    return label ?? 0;
  };
  const never = (rule: Rule, problem: string | undefined): Rule => {
    if (problem !== undefined) problems.push(`the rule ${rule.name}: ${problem}`);
    return rule;
  };
  const resolved = rules.map((rule): Rule => {
    if (rule.kind === 'label')
      return { ...rule, labels: rule.labels.map((value) => resolve(rule, 'labels', value)) };
    if (rule.kind === 'rate') return { ...rule, label: resolve(rule, 'label', rule.label) };
    if (rule.kind === 'objects') {
      const { label, ...others } = rule;
      // For another model, its classes say nothing about the rule.
      const found = label !== undefined && objects ? resolve(rule, 'label', label) : undefined;
      const resolved = { ...others, ...(found !== undefined && { label: found }) };
      return never(resolved, whyNoObjects(resolved, labels, objects));
    }
    if (rule.kind === 'low-confidence') return never(rule, whyNotLow(rule, objects));
    if (rule.kind === 'drift' && rule.baseline !== undefined && rule.baseline.length !== labels.length)
      problems.push(
        `the rule ${rule.name}: baseline: the model has ${labels.length} classes; got ${rule.baseline.length} shares`,
      );
    return rule;
  });
  if (problems.length > 0) throw new StreamInferError('CONFIG_INVALID', problems.join('\n'));
  return resolved;
}

function whyNoObjects(
  { label, moreThan }: ObjectsRule,
  labels: readonly string[],
  objects: ObjectsOutput | undefined,
): string | undefined {
  if (objects === undefined) return 'the model classifies whole images, and finds no objects to count';
  const last = labels.length - 1;
  if (label === last)
    return `label: can never fire: ${labels[last]} is the class of images without objects; use a rule of the kind label`;
  return moreThan >= objects.max
    ? `moreThan: can never fire: the model finds at most ${objects.max} objects in an image (output.max); got ${moreThan}`
    : undefined;
}

/** Without objects, the confidence is 1. */
function whyNotLow({ maxConfidence }: LowConfidenceRule, objects?: ObjectsOutput): string | undefined {
  return objects !== undefined && maxConfidence < objects.threshold
    ? `maxConfidence: can never fire: the lowest confidence of an object is ${objects.threshold} (output.threshold); got ${maxConfidence}`
    : undefined;
}

/** A problem of a class, with a suggestion. */
export function noSuchClass(value: ClassReference, labels: readonly string[]): string {
  const meant = typeof value === 'string' ? closest(value, labels) : undefined;
  if (meant !== undefined) return `there is no such class; did you mean ${meant}?`;
  const more = labels.length > MOST_NAMED ? ` and ${labels.length - MOST_NAMED} more` : '';
  return `there is no such class; the classes are ${labels.slice(0, MOST_NAMED).join(', ')}${more}`;
}
