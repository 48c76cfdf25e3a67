import type { Int8Facts } from '../models/files';
import { count, percent } from './card';
import { withSection } from './card-section';

const TITLE = '## In 8-bit integers';

/** The text of a model card with the figures of int8.json; a section that is there already is replaced. */
export function withInt8Section(card: string, int8: Int8Facts, fp32Accuracy: number): string {
  return withSection(card, renderSection(int8, fp32Accuracy));
}

function renderSection(int8: Int8Facts, fp32Accuracy: number): string {
  const { calibration, testImages, runtime } = int8;
  return [
    TITLE,
    '',
    `\`--precision int8\`: weights as int8 with a scale for each output channel, activations as uint8 with the ranges seen ` +
      `on ${count(calibration.images)} training images (seed ${calibration.seed}). Measured on the ` +
      `${count(testImages)} test images with ${runtime}:`,
    '',
    '| | fp32 | int8 |',
    '| --- | ---: | ---: |',
    `| accuracy | ${percent(fp32Accuracy)} | ${percent(int8.accuracy)} |`,
    `| same class as fp32 | | ${percent(int8.agreement)} |`,
    '',
  ].join('\n');
}
