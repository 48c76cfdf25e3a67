import type { StoredBaseline } from '../models/files';
import { count, percent } from './card';
import { withSection } from './card-section';

/** The text of a model card with what the manifest's baseline says; a section that is there already is replaced. */
export function withBaselineSection(card: string, baseline: StoredBaseline): string {
  const { images, accuracy, source, brightness, contrast, calibration } = baseline;
  const { temperature, error, calibratedError, logLoss, calibratedLogLoss } = calibration;
  const section = [
    '## Baseline',
    '',
    `Drift is measured from what the manifest says of ${count(images)} images (${source}): classes, confidence, brightness ` +
      `(${brightness.mean.toFixed(1)} ± ${brightness.deviation.toFixed(1)}) and contrast ` +
      `(${contrast.mean.toFixed(1)} ± ${contrast.deviation.toFixed(1)}). ${percent(accuracy)} of them are right.`,
    '',
    `Confidence and accuracy are ${percent(error)} apart in the mean, and the log loss is ${logLoss.toFixed(4)}; with the ` +
      `temperature ${temperature.toFixed(3)} they would be ${percent(calibratedError)} and ${calibratedLogLoss.toFixed(4)}. ` +
      'Predictions are published without it.',
    '',
  ].join('\n');
  return withSection(card, section);
}
