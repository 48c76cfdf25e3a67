import { StreamInferError } from '../../../../core/errors';
import { MOST_CLASSES_IN_FULL, topByDefault } from '../../../../core/model-description';
import { plural } from '../../../../core/plural';
import type { ModelOutput, Origins } from '../../model';
import type { Ending, NetworkFacts } from '../network/facts';
import { pick, type Picked, type SettingsFrom } from '../settings/settings';
import { invalid } from '../source';

interface Scores {
  readonly labels: Picked<readonly string[]>;
  readonly output: ModelOutput;
  readonly origins: Origins;
  readonly warnings: readonly string[];
}

/** Labels and activation of a network. Throws MODEL_CORRUPT if the labels do not fit, MODEL_UNSUPPORTED for other results. */
export function scoresOf(facts: NetworkFacts, sources: readonly SettingsFrom[], file: string): Scores {
  const { outputs, ending } = facts;
  const found = pick(sources, 'labels');
  const labels = found ?? numbered(outputs, file);
  const count = labels.value.length;
  if (count < 2)
    throw invalid(file, `classifies images, but ${labels.origin} names one class; name at least two`);
  const isBinary = outputs === 1 && count === 2;
  if (outputs !== undefined && outputs !== count && !isBinary) {
    throw invalid(
      file,
      `has ${plural(outputs, 'output')} per image, but there are ${count} labels (${labels.origin}); name each output once`,
    );
  }
  const wanted = pick(sources, 'activation');
  const forced =
    wanted && wanted.value !== 'auto' ? { value: wanted.value, origin: wanted.origin } : undefined;
  const activation = forced ?? {
    value: activationFor(ending, isBinary, file),
    origin: `${facts.outputName} ends in ${ending.by}`,
  };
  const top = pick(sources, 'top');
  const isIndependent =
    !isBinary &&
    (activation.value === 'sigmoid' || (activation.value === 'none' && ending.kind === 'sigmoid'));
  return {
    labels,
    output: {
      activation: activation.value,
      independent: isIndependent,
      ...topOf(top?.value, count),
    },
    origins: {
      'output.activation': activation.origin,
      'output.top':
        top?.origin ??
        (topByDefault(count) === undefined
          ? 'default: all classes'
          : `default for more than ${MOST_CLASSES_IN_FULL} classes`),
    },
    warnings: [
      ...(found
        ? []
        : ['no class names were found: add labels.json (a list of names in order) next to the model']),
      ...repeatedNames(labels.value),
      ...(forced || ending.kind !== 'unknown' ? [] : [unknownEnding(ending)]),
    ],
  };
}

/** Some public lists of classes repeat a name; the true class of such an image is ambiguous. */
function repeatedNames(labels: readonly string[]): string[] {
  const seen = new Set<string>();
  const repeated = labels.find((name) => seen.size === seen.add(name).size);
  return repeated === undefined ? [] : [`several classes have the same name: ${repeated}`];
}

function topOf(wanted: number | undefined, count: number): { top?: number } {
  const top = wanted ?? topByDefault(count) ?? count;
  return top < count ? { top } : {};
}

/** Names for the classes of a model without any. */
function numbered(outputs: number | undefined, file: string): Picked<readonly string[]> {
  if (outputs === undefined) {
    throw new StreamInferError(
      'MODEL_MISSING',
      `${file} has no class names, and does not show how many classes there are: ` +
        'add labels.json (a list of names in order) or labels.txt (one per line)',
    );
  }
  const labels = Array.from({ length: outputs === 1 ? 2 : outputs }, (_, i) => `class ${i}`);
  return { value: labels, origin: 'default' };
}

/** One number without an activation is a logit of the second label. */
function activationFor(ending: Ending, isBinary: boolean, file: string): ModelOutput['activation'] {
  switch (ending.kind) {
    case 'softmax':
    case 'sigmoid':
      return 'none';
    case 'logits':
    case 'unknown':
      return isBinary ? 'sigmoid' : 'softmax';
    case 'other':
      throw new StreamInferError(
        'MODEL_UNSUPPORTED',
        `${file} ends in ${ending.by}, whose results are neither probabilities nor logits; ` +
          'end the model with a softmax or without an activation, or set output.activation in classifier.json',
      );
  }
}

function unknownEnding({ by }: Ending): string {
  return (
    `the model ends in ${by}, which does not show whether its results are probabilities; a softmax is applied. ` +
    'If they are probabilities, set output.activation to none in classifier.json'
  );
}
