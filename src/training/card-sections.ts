import type { Int8Facts, StoredBaseline } from '../models/files';
import { percent } from '../core/percent';
import type { LabelComparison } from '../core/retraining';
import { count } from './card';
import type { Robustness } from './robustness';

/** New sections are inserted before this one. */
const NEXT = '## Limits';

const TITLE = '## In 8-bit integers';

/** Adds or replaces the card section about the baseline in the manifest. */
export function withBaselineSection(card: string, baseline: StoredBaseline): string {
  const { images, accuracy, source, brightness, contrast, calibration } = baseline;
  const { temperature, error, calibratedError, logLoss, calibratedLogLoss } = calibration;
  const section = [
    '## Baseline',
    '',
    `Drift is measured against ${count(images)} images (${source}). The manifest holds their classes, confidence, brightness ` +
      `(${brightness.mean.toFixed(1)} ± ${brightness.deviation.toFixed(1)}) and contrast ` +
      `(${contrast.mean.toFixed(1)} ± ${contrast.deviation.toFixed(1)}). The accuracy on them is ${percent(accuracy)}.`,
    '',
    `The expected calibration error is ${percent(error)} and the log loss ${logLoss.toFixed(4)}; with the ` +
      `temperature ${temperature.toFixed(3)} they would be ${percent(calibratedError)} and ${calibratedLogLoss.toFixed(4)}. ` +
      'Published probabilities are not calibrated.',
    '',
  ].join('\n');
  return withSection(card, section);
}

/** Adds or replaces the card section about changed test images. */
export function withRobustnessSection(
  card: string,
  measured: readonly Robustness[],
  runtime: string,
): string {
  const section = [
    '## Robustness',
    '',
    `Accuracy on the test images, all changed in the same way (\`evaluate --robustness\`, ${runtime}, fp32):`,
    '',
    '| test images | accuracy |',
    '| --- | ---: |',
    ...measured.map(({ change, accuracy }) => `| ${change} | ${percent(accuracy)} |`),
    '',
  ].join('\n');
  return withSection(card, section);
}

export interface LabelFacts {
  /** Version that the training started from. */
  readonly base: number;
  readonly labels: number;
  /** Of the new weights in the blend, 0–1. */
  readonly share: number;
  readonly comparison: LabelComparison;
}

/** Adds the card section about a training from labels. */
export function withLabelsSection(card: string, { base, labels, share, comparison }: LabelFacts): string {
  const { testImages, heldOutImages, base: before, candidate } = comparison;
  const section = [
    '## Labels',
    '',
    `Trained further from version ${base}, on ${count(labels)} images with labels of people among original training ` +
      `images. The weights are ${percent(share, 0)} new and the rest those of version ${base}. Every second test image chose this ` +
      'share. The validation images include labelled ones, repeated. Measured on images that were not trained on:',
    '',
    `| | version ${base} | this version |`,
    '| --- | ---: | ---: |',
    `| ${count(heldOutImages)} labelled images | ${percent(before.heldOut)} | ${percent(candidate.heldOut)} |`,
    `| ${count(testImages)} test images | ${percent(before.test)} | ${percent(candidate.test)} |`,
    '',
  ].join('\n');
  return withSection(card, section);
}

/** Adds or replaces the card section about int8.json. */
export function withInt8Section(card: string, int8: Int8Facts, fp32Accuracy: number | null): string {
  return withSection(card, renderSection(int8, fp32Accuracy));
}

function renderSection(int8: Int8Facts, fp32Accuracy: number | null): string {
  const { calibration, testImages, runtime, source, accuracy } = int8;
  const [training, test] =
    source === undefined ? ['training images', 'test images'] : [`images of ${source}`, 'other images'];
  return [
    TITLE,
    '',
    `\`--precision int8\`: weights as int8 with a scale for each output channel, activations as uint8 with the ranges measured ` +
      `on ${count(calibration.images)} ${training} (seed ${calibration.seed}). Measured on the ` +
      `${count(testImages)} ${test} with ${runtime}:`,
    '',
    '| | fp32 | int8 |',
    '| --- | ---: | ---: |',
    ...(accuracy === undefined || fp32Accuracy === null
      ? []
      : [`| accuracy | ${percent(fp32Accuracy)} | ${percent(accuracy)} |`]),
    `| same class as fp32 | | ${percent(int8.agreement)} |`,
    '',
  ].join('\n');
}

/** Adds a section to a card, or replaces the section with the same title (its first line). */
export function withSection(card: string, section: string): string {
  const [title = ''] = section.split('\n');
  const sections = card.split(/^(?=## )/m).filter((one) => !one.startsWith(`${title}\n`));
  const at = sections.findIndex((one) => one.startsWith(`${NEXT}\n`));
  if (at < 0) return [...sections.map(endingInEmptyLine), section].join('');
  return [...sections.slice(0, at).map(endingInEmptyLine), `${section}\n`, ...sections.slice(at)].join('');
}

function endingInEmptyLine(section: string): string {
  return section === '' ? '' : `${section.trimEnd()}\n\n`;
}
