import { percent } from '../core/percent';
import { CLASS_NAMES } from '../core/labels';
import type { EpochPoint } from '../core/training-history';
import { ROTATED_SHARE } from './augment';
import type { EpochReport, TrainingEnd } from './epoch';
import type { Metrics } from './metrics';
import type { Architecture } from './architectures';
import type { Recipe } from './recipe';

export interface CardFacts extends Omit<Recipe, 'epochs'> {
  readonly network: Pick<Architecture, 'parameters' | 'layers'>;
  readonly name: string;
  readonly version: number;
  readonly command: string;
  readonly seed: number;
  readonly epochs: readonly EpochReport[];
  readonly best: EpochReport;
  readonly ended: TrainingEnd;
  /** Data of the curves; if empty, the card has no picture. */
  readonly history: readonly EpochPoint[];
  readonly trainingImages: number;
  readonly validationImages: number;
  readonly testImages: number;
  /** On the test set. */
  readonly metrics: Metrics;
}

type Changes = Pick<Recipe, 'shift' | 'rotation' | 'inversion' | 'erasing'>;

/** The picture in the card. */
const CURVES_LINE = '![Loss and accuracy by epoch](curves.svg)';

/** The text of MODEL_CARD.md. Sections after Mitchell et al., Model Cards for Model Reporting (arXiv:1810.03993). */
export function renderCard(facts: CardFacts): string {
  const sections = [
    title(facts),
    intendedUse(),
    data(facts),
    training(facts),
    results(facts.metrics),
    confusion(facts.metrics),
    limits(facts.metrics),
    licence(),
  ];
  return `${sections.join('\n\n')}\n`;
}

function title({ name, version, metrics, network }: CardFacts): string {
  return [
    `# ${name} ${version}`,
    '',
    `Classifies 28×28 grey images of clothing into ten classes. **Accuracy on the ${count(metrics.n)} test images: ` +
      `${percent(metrics.accuracy)}.**`,
    '',
    `A TF.js LayersModel with ${count(network.parameters)} parameters (fp32): ${network.layers}. ` +
      'Input: n × 28 × 28 × 1, pixels × 1/255, ' +
      'bright on black. Output: n × 10 probabilities in the order of labels.json.',
  ].join('\n');
}

function intendedUse(): string {
  return [
    '## Use',
    '',
    'For demonstrating and benchmarking streaming inference. Not for decisions about people, stock or money.',
  ].join('\n');
}

function data({ trainingImages, validationImages, testImages, ...changes }: CardFacts): string {
  return [
    '## Data',
    '',
    `Fashion-MNIST (Zalando SE, 2017): ${count(trainingImages)} training images, ${count(validationImages)} validation images from ` +
      `the training set to select the epoch, and ${count(testImages)} test images used once, at the end. ` +
      `During training, half of the images are mirrored at random${augmentation(changes)}.`,
  ].join('\n');
}

function augmentation({ shift, rotation, inversion, erasing }: Changes): string {
  const parts = [
    ...(rotation > 0 ? [`${percent(ROTATED_SHARE)} are rotated by up to ${rotation}°`] : []),
    ...(shift > 0 ? [`all are shifted by up to ${plural(shift, 'pixel')} in any direction`] : []),
    ...(inversion > 0 ? [`${percent(inversion)} are inverted`] : []),
    ...(erasing > 0 ? [`${percent(erasing)} have a rectangle of noise`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

function training(facts: CardFacts): string {
  const { command, seed, epochs, best, ended, batchSize } = facts;
  return [
    '## Training',
    '',
    '```',
    command,
    '```',
    '',
    `${optimization(facts)}, batches of ${batchSize}, seed ${seed}, ` +
      `${epochs.length} of ${best.epochs} epochs${ENDS[ended]}; the weights are from epoch ${best.epoch}, the best on the ` +
      `validation images (${percent(best.validationAccuracy)}).`,
    '',
    ...(facts.history.length > 0 ? [CURVES_LINE, ''] : []),
    '| epoch | loss | accuracy | validation loss | validation accuracy |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...epochs.map(
      (epoch) =>
        `| ${epoch.epoch} | ${epoch.loss.toFixed(4)} | ${percent(epoch.accuracy)} ` +
        `| ${epoch.validationLoss.toFixed(4)} | ${percent(epoch.validationAccuracy)} |`,
    ),
  ].join('\n');
}

const ENDS: Readonly<Record<TrainingEnd, string>> = {
  complete: '',
  patience: ' (stopped early without improvement)',
  signal: ' (stopped by a signal)',
};

function optimization({
  learningRate,
  warmUpEpochs,
  weightDecay,
  labelSmoothing,
  averaging,
}: CardFacts): string {
  return [
    `${weightDecay > 0 ? `AdamW with a weight decay of ${weightDecay}` : 'Adam'}, learning rate ${learningRate} ` +
      `${warmUpEpochs > 0 ? `after ${plural(warmUpEpochs, 'epoch')} of warm-up, ` : ''}with cosine decay`,
    ...(labelSmoothing > 0 ? [`label smoothing ${labelSmoothing}`] : []),
    ...(averaging > 0 ? [`weights averaged over steps (decay ${averaging})`] : []),
  ].join(', ');
}

function results({ n, accuracy, macroF1, logLoss, perClass }: Metrics): string {
  return [
    '## Results on the test set',
    '',
    `Accuracy ${percent(accuracy)} (± ${percent(halfInterval(accuracy, n))}, 95 %), macro F1 ${macroF1.toFixed(4)}, ` +
      `log loss ${logLoss.toFixed(4)}.`,
    '',
    '| class | images | precision | recall | F1 |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...perClass.map(
      ({ label, support, precision, recall, f1 }) =>
        `| ${label} ${nameOf(label)} | ${support} | ${percent(precision)} | ${percent(recall)} | ${percent(f1)} |`,
    ),
  ].join('\n');
}

function confusion({ confusion: rows }: Metrics): string {
  return [
    '### Confusion matrix',
    '',
    'Rows: actual class. Columns: predicted class.',
    '',
    `| | ${rows.map((_, label) => label).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(rows.length)}`,
    ...rows.map((row, label) => `| ${label} ${nameOf(label)} | ${row.join(' | ')} |`),
  ].join('\n');
}

function limits({ perClass }: Metrics): string {
  const weakest = perClass.reduce((worst, metrics) => (metrics.f1 < worst.f1 ? metrics : worst));
  return [
    '## Limits',
    '',
    `- Weakest class: ${nameOf(weakest.label)} (F1 ${percent(weakest.f1)}).`,
    '- It always predicts one of the ten classes, even for unrelated pictures, and often with high confidence.',
    '- It was trained on centred catalogue pictures, bright on black. Photographs, other crops and dark-on-bright images that are not inverted are outside its training data.',
    '- Published probabilities are the output of the network, without calibration.',
  ].join('\n');
}

function licence(): string {
  return [
    '## Licence',
    '',
    'Model: MIT, like the rest of this package. Data: The MIT License (MIT) Copyright © 2017 Zalando SE, https://tech.zalando.com.',
  ].join('\n');
}

/** Half the width of the 95 % interval of a share p of n (normal approximation). */
function halfInterval(p: number, n: number): number {
  return 1.96 * Math.sqrt((p * (1 - p)) / n);
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

function plural(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}

function nameOf(label: number): string {
  return CLASS_NAMES[label] ?? String(label);
}
