import { keptEpoch, type EpochPoint } from '../core/training-history';
import { decimalsOf, roundTicks } from './ticks';

/** One measure by epoch: a dashed curve for the training images, a solid one for the validation images. */
export interface TrainingPlot {
  readonly name: string;
  readonly training: 'loss' | 'accuracy';
  readonly validation: 'validationLoss' | 'validationAccuracy';
  /** Factor from a value to its number on the axis. */
  readonly scale: number;
  readonly unit: string;
}

export const TRAINING_PLOTS: readonly TrainingPlot[] = [
  { name: 'Loss', training: 'loss', validation: 'validationLoss', scale: 1, unit: '' },
  { name: 'Accuracy', training: 'accuracy', validation: 'validationAccuracy', scale: 100, unit: '%' },
];

const LEFT = 46;
const TOP = 8;
const WIDTH = 360;
const HEIGHT = 160;
const BOTTOM = TOP + HEIGHT;
const MAX_EPOCH_LABELS = 10;

/** Size of the box that `drawTrainingPlot` draws in. */
export const PLOT_SIZE = { width: LEFT + WIDTH + 8, height: BOTTOM + 36 } as const;

/**
 * SVG elements for the model card and the dashboard; each styles the classes `grid`, `curve`, `is-in` and `dot`.
 * Skips values that are not finite. The dot marks the epoch whose weights were kept.
 */
export function drawTrainingPlot(plot: TrainingPlot, epochs: readonly EpochPoint[]): string {
  const { training, validation, scale, unit } = plot;
  const values = epochs.flatMap((point) => [point[training], point[validation]]).filter(Number.isFinite);
  const ticks = roundTicks(scale * Math.min(...values), scale * Math.max(...values));
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const x = (at: number): string => (LEFT + ((at + 0.5) / epochs.length) * WIDTH).toFixed(1);
  const y = (shown: number): string => (BOTTOM - ((shown - low) / (high - low)) * HEIGHT).toFixed(1);
  const curve = (measure: keyof EpochPoint): string =>
    `M${epochs
      .flatMap((point, at) =>
        Number.isFinite(point[measure]) ? [`${x(at)} ${y(scale * point[measure])}`] : [],
      )
      .join('L')}`;
  const labelEvery = Math.ceil(epochs.length / MAX_EPOCH_LABELS);
  const kept = keptEpoch(epochs);
  return [
    ...ticks.map(
      (tick) =>
        `<path class="grid" d="M${LEFT} ${y(tick)}H${LEFT + WIDTH}"/>` +
        `<text x="${LEFT - 7}" y="${Number(y(tick)) + 4}" text-anchor="end">${tick.toFixed(decimalsOf(ticks))}${unit}</text>`,
    ),
    ...epochs.flatMap(({ epoch }, at) =>
      at % labelEvery === 0
        ? [`<text x="${x(at)}" y="${BOTTOM + 16}" text-anchor="middle">${epoch}</text>`]
        : [],
    ),
    `<text x="${LEFT + WIDTH / 2}" y="${BOTTOM + 32}" text-anchor="middle">epoch</text>`,
    `<path class="curve is-in" d="${curve(training)}"/>`,
    `<path class="curve" d="${curve(validation)}"/>`,
    ...(kept === undefined
      ? []
      : [`<circle class="dot" cx="${x(epochs.indexOf(kept))}" cy="${y(scale * kept[validation])}" r="4"/>`]),
  ].join('\n');
}
