import { decimalsOf, roundTicks } from '../../core/ticks';
import { keptEpoch, type EpochPoint } from '../../core/training-history';
import type { TrainingAnswer } from '../../http/wire';
import { percent, plural } from '../format';
import { AsTable } from './as-table';

const WIDTH = 360;
const HEIGHT = 160;
const LEFT = 46;
const BOTTOM = 36;
const PAD = 8;
const MOST_MARKS = 10;

/** Loss and accuracy by epoch, of the model that serves. */
export function TrainingCurves({ model, epochs }: TrainingAnswer) {
  const kept = keptEpoch(epochs);
  if (model === null || kept === undefined) return null;
  return (
    <section class="card" aria-labelledby="training-title">
      <h2 id="training-title">
        How {model.name} v{model.version} was trained
      </h2>
      <div class="legend">
        <span>
          <i class="swatch is-in is-dashed" /> training images
        </span>
        <span>
          <i class="swatch is-out" /> images held out
        </span>
      </div>
      <div class="two-plots">
        <div>
          <h3>Loss</h3>
          <Plot epochs={epochs} kept={kept} training="loss" validation="validationLoss" scale={1} unit="" />
        </div>
        <div>
          <h3>Accuracy</h3>
          <Plot
            epochs={epochs}
            kept={kept}
            training="accuracy"
            validation="validationAccuracy"
            scale={100}
            unit="%"
          />
        </div>
      </div>
      <p class="muted">{summary(epochs, kept)}</p>
      <AsTable
        caption="Loss and accuracy by epoch"
        columns={['Epoch', 'Loss', 'Accuracy', 'Loss, held out', 'Accuracy, held out']}
        rows={epochs.map((point) => [
          String(point.epoch),
          point.loss.toFixed(4),
          percent(point.accuracy, 2),
          point.validationLoss.toFixed(4),
          percent(point.validationAccuracy, 2),
        ])}
      />
    </section>
  );
}

type Curve = 'loss' | 'accuracy' | 'validationLoss' | 'validationAccuracy';

interface PlotProps {
  readonly epochs: readonly EpochPoint[];
  readonly kept: EpochPoint;
  readonly training: Curve;
  readonly validation: Curve;
  /** What a value is multiplied with to be shown, and what stands behind it. */
  readonly scale: number;
  readonly unit: string;
}

/** The dot is the epoch whose weights were kept. */
function Plot({ epochs, kept, training, validation, scale, unit }: PlotProps) {
  const values = epochs.flatMap((point) => [scale * point[training], scale * point[validation]]);
  const ticks = roundTicks(Math.min(...values), Math.max(...values));
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const x = (at: number) => LEFT + ((at + 0.5) / epochs.length) * WIDTH;
  const y = (shown: number) => PAD + (1 - (shown - low) / (high - low)) * HEIGHT;
  const line = (curve: Curve) =>
    `M${epochs.map((point, at) => `${x(at)} ${y(scale * point[curve])}`).join('L')}`;
  const every = Math.ceil(epochs.length / MOST_MARKS);
  return (
    <svg class="plot" viewBox={`0 0 ${LEFT + WIDTH + PAD} ${PAD + HEIGHT + BOTTOM}`} aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick}>
          <path class="grid" d={`M${LEFT} ${y(tick)}H${LEFT + WIDTH}`} />
          <text x={LEFT - 7} y={y(tick) + 4} text-anchor="end">
            {tick.toFixed(decimalsOf(ticks))}
            {unit}
          </text>
        </g>
      ))}
      {epochs.map(
        ({ epoch }, at) =>
          at % every === 0 && (
            <text key={epoch} x={x(at)} y={PAD + HEIGHT + 16} text-anchor="middle">
              {epoch}
            </text>
          ),
      )}
      <text x={LEFT + WIDTH / 2} y={PAD + HEIGHT + 32} text-anchor="middle">
        epoch
      </text>
      <path class="curve is-in" d={line(training)} />
      <path class="curve" d={line(validation)} />
      <circle class="dot" cx={x(epochs.indexOf(kept))} cy={y(scale * kept[validation])} r="4" />
    </svg>
  );
}

function summary(epochs: readonly EpochPoint[], kept: EpochPoint): string {
  return (
    `${plural(epochs.length, 'epoch')}; the weights are those of epoch ${kept.epoch} (the dot), with ` +
    `${percent(kept.validationAccuracy, 2)} of the images held out right and a loss of ${kept.validationLoss.toFixed(3)}.`
  );
}
