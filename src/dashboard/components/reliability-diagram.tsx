import type { ModelBaseline, ReliabilityPoint } from '../../core/baseline';
import type { ConfidenceBin } from '../../http/schemas/quality';
import { count, percent } from '../format';
import { AsTable } from './as-table';

const SIDE = 240;
const LEFT = 54;
const BOTTOM = 42;
const PAD = 10;
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;
const x = (share: number) => LEFT + share * SIDE;
const y = (share: number) => PAD + (1 - share) * SIDE;

interface ReliabilityDiagramProps {
  /** Of the stream; null if they are not of this model alone. */
  readonly bins: readonly ConfidenceBin[] | null;
  /** Calibration measured on the held-out images. */
  readonly baseline: ModelBaseline | null;
}

/** Bins with fewer images are mostly noise. */
const ENOUGH_IMAGES = 20;

/** Accuracy by confidence: at 80% confidence, 80% should be correct. Below the diagonal is overconfident. */
export function ReliabilityDiagram({ bins, baseline }: ReliabilityDiagramProps) {
  const judged = (bins ?? []).filter((bin) => bin.judged > 0);
  const most = Math.sqrt(Math.max(1, ...judged.map((bin) => bin.judged)));
  const points = judged.map((bin) => ({
    judged: bin.judged,
    x: x(bin.meanConfidence),
    y: y(bin.correct / bin.judged),
    r: 2.5 + 6 * (Math.sqrt(bin.judged) / most),
  }));
  const line = points.filter((point) => point.judged >= ENOUGH_IMAGES);
  const before = (baseline?.reliability ?? []).filter(({ images }) => images >= ENOUGH_IMAGES);
  return (
    <>
      <svg
        class="plot is-square"
        viewBox={`0 0 ${LEFT + SIDE + PAD} ${PAD + SIDE + BOTTOM}`}
        role="img"
        aria-label={bins === null ? 'Accuracy by confidence on the held-out images' : summary(judged)}
      >
        {TICKS.map((tick) => (
          <g key={tick}>
            <path class="grid" d={`M${x(0)} ${y(tick)}H${x(1)}M${x(tick)} ${y(0)}V${y(1)}`} />
            <text x={LEFT - 7} y={y(tick) + 4} text-anchor="end">
              {tick * 100}%
            </text>
            {tick > 0 && (
              <text x={x(tick)} y={y(0) + 17} text-anchor={tick === 1 ? 'end' : 'middle'}>
                {tick * 100}%
              </text>
            )}
          </g>
        ))}
        <text x={x(0.5)} y={y(0) + 35} text-anchor="middle">
          confidence
        </text>
        <text transform={`translate(11 ${y(0.5)}) rotate(-90)`} text-anchor="middle">
          accuracy
        </text>
        <path class="ideal" d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} />
        {before.length > 1 && (
          <path
            class="curve is-in"
            d={`M${before.map(({ confidence, accuracy }) => `${x(confidence)} ${y(accuracy)}`).join('L')}`}
          />
        )}
        {line.length > 1 && (
          <path class="curve" d={`M${line.map((point) => `${point.x} ${point.y}`).join('L')}`} />
        )}
        {points.map((point, at) => (
          <circle key={at} class="dot" cx={point.x} cy={point.y} r={point.r} />
        ))}
      </svg>
      <p class="legend">
        {bins !== null && (
          <span>
            <i class="swatch is-out" /> this stream
          </span>
        )}
        {baseline !== null && (
          <span>
            <i class="swatch is-in is-dashed" /> held-out images
          </span>
        )}
      </p>
      {bins !== null && (
        <p class="muted">
          {summary(judged)} Larger dots have more images; the line skips bins with fewer than {ENOUGH_IMAGES}.
        </p>
      )}
      {baseline !== null && <p class="muted">{measured(baseline)}</p>}
      <AsTable
        caption="Accuracy by confidence"
        columns={['Mean confidence', 'Labelled', 'Accuracy']}
        rows={(bins === null ? (baseline?.reliability ?? []) : judged.map(toPoint)).map(
          ({ confidence, images, accuracy }) => [percent(confidence, 1), count(images), percent(accuracy, 1)],
        )}
      />
    </>
  );
}

function toPoint({ meanConfidence, judged, correct }: ConfidenceBin): ReliabilityPoint {
  return { confidence: meanConfidence, images: judged, accuracy: correct / judged };
}

function measured({ images, calibration }: ModelBaseline): string {
  const { temperature, error, logLoss, calibratedLogLoss } = calibration;
  return (
    `Calibration error on ${count(images)} held-out images: ${percent(error, 1)}. A temperature of ` +
    `${temperature.toFixed(2)} would reduce the log loss from ${logLoss.toFixed(3)} to ${calibratedLogLoss.toFixed(3)}.`
  );
}

function summary(judged: readonly ConfidenceBin[]): string {
  const all = judged.reduce((sum, bin) => sum + bin.judged, 0);
  if (all === 0) return 'No labelled images yet.';
  const claimed = judged.reduce((sum, bin) => sum + bin.judged * bin.meanConfidence, 0) / all;
  const right = judged.reduce((sum, bin) => sum + bin.correct, 0) / all;
  const tendency =
    Math.abs(claimed - right) < 0.01
      ? 'well calibrated'
      : claimed > right
        ? 'overconfident'
        : 'underconfident';
  return `Mean confidence ${percent(claimed, 1)}, accuracy ${percent(right, 1)}: ${tendency}.`;
}
