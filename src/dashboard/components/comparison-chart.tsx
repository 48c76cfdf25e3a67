import type { ComparedCounts, ComparedSlice, RolloutState } from '../../core/model-version';
import { count, percent } from '../format';
import { route, setQuery } from '../route';
import { AsTable } from './as-table';

const WIDTH = 400;
const HEIGHT = 190;
const LEFT = 46;
const BOTTOM = 22;
const PAD = 8;

type Measure = 'accuracy' | 'confidence' | 'disagreement';
const NAMES: Readonly<Record<Measure, string>> = {
  accuracy: 'Accuracy',
  confidence: 'Confidence',
  disagreement: 'Disagreement',
};

/** A share by time; null where nothing was measured. */
type Series = readonly (number | null)[];

/** Both versions of a rollout side by side, over time. */
export function ComparisonChart({ rollout }: { rollout: RolloutState }) {
  const { history, mode, serving, beside } = rollout;
  const measures: readonly Measure[] =
    mode === 'shadow' ? ['accuracy', 'confidence', 'disagreement'] : ['accuracy', 'confidence'];
  const judged = serving.judged + beside.judged > 0;
  const measure =
    measures.find((one) => one === route.value.query.measure) ?? (judged ? 'accuracy' : 'confidence');
  const [first, second] = seriesOf(history, measure);
  return (
    <section class="card" aria-labelledby="over-time-title">
      <div class="card-head">
        <h2 id="over-time-title">Over time</h2>
        <fieldset class="segments is-small">
          <legend class="hidden">Compare by</legend>
          {measures.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="measure"
                checked={one === measure}
                onChange={() => setQuery({ measure: one })}
              />
              <span>{NAMES[one]}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {history.length === 0 ? (
        <p class="muted">No images yet.</p>
      ) : (
        <>
          <Plot history={history} first={first} second={second} name={NAMES[measure]} />
          <p class="legend">
            <span>
              <i class="swatch is-out" />{' '}
              {measure === 'disagreement' ? 'share of the images' : `version ${serving.version}`}
            </span>
            {second.length > 0 && (
              <span>
                <i class="swatch is-in is-dashed" /> version {beside.version}, the {mode}
              </span>
            )}
          </p>
          {measure === 'accuracy' && !judged && <p class="muted">No labelled images yet.</p>}
          <AsTable
            caption="Both versions over time"
            columns={[
              'From',
              `Images, v${serving.version}`,
              `Accuracy, v${serving.version}`,
              `Images, v${beside.version}`,
              `Accuracy, v${beside.version}`,
              'Disagreements',
            ]}
            rows={history.map((slice) => [
              clockOf(slice.from),
              count(slice.serving.images),
              shareText(accuracyOf(slice.serving)),
              count(slice.beside.images),
              shareText(accuracyOf(slice.beside)),
              count(slice.disagreed),
            ])}
          />
        </>
      )}
    </section>
  );
}

function seriesOf(history: readonly ComparedSlice[], measure: Measure): readonly [Series, Series] {
  if (measure === 'disagreement')
    return [
      history.map(({ disagreed, beside: { images } }) => (images === 0 ? null : disagreed / images)),
      [],
    ];
  const read = measure === 'accuracy' ? accuracyOf : ({ meanConfidence }: ComparedCounts) => meanConfidence;
  return [history.map(({ serving }) => read(serving)), history.map(({ beside }) => read(beside))];
}

function accuracyOf({ judged, correct }: ComparedCounts): number | null {
  return judged === 0 ? null : correct / judged;
}

interface PlotProps {
  readonly history: readonly ComparedSlice[];
  readonly first: Series;
  readonly second: Series;
  readonly name: string;
}

function Plot({ history, first, second, name }: PlotProps) {
  const values = [...first, ...second].filter((value) => value !== null);
  // Steps of 5%, with one free step on each side.
  const low = Math.max(0, Math.floor(Math.min(1, ...values) * 20 - 0.5) / 20);
  const high = Math.min(1, Math.ceil(Math.max(low + 0.05, ...values) * 20 + 0.5) / 20);
  const times = history.map(({ from, to }) => (Date.parse(from) + Date.parse(to)) / 2);
  const [start, end] = [Date.parse(history[0]!.from), Date.parse(history.at(-1)!.to)];
  const x = (at: number) => LEFT + ((at - start) / Math.max(1, end - start)) * WIDTH;
  const y = (share: number) => PAD + (1 - (share - low) / (high - low)) * HEIGHT;
  const points = (series: Series) =>
    series.flatMap((value, at) => (value === null ? [] : [{ x: x(times[at]!), y: y(value) }]));
  return (
    <svg
      class="plot is-wide"
      viewBox={`0 0 ${LEFT + WIDTH + PAD} ${PAD + HEIGHT + BOTTOM}`}
      role="img"
      aria-label={`${name} from ${clockOf(history[0]!.from)} to ${clockOf(history.at(-1)!.to)}: ${spoken(first)}${second.length === 0 ? '' : `, candidate ${spoken(second)}`}`}
    >
      {[low, (low + high) / 2, high].map((tick) => (
        <g key={tick}>
          <path class="grid" d={`M${LEFT} ${y(tick)}H${LEFT + WIDTH}`} />
          <text x={LEFT - 7} y={y(tick) + 4} text-anchor="end">
            {percent(tick, Math.abs(tick * 100 - Math.round(tick * 100)) < 1e-6 ? 0 : 1)}
          </text>
        </g>
      ))}
      <Line points={points(first)} class="curve" />
      <Line points={points(second)} class="curve is-in" />
      <text x={LEFT} y={PAD + HEIGHT + 16}>
        {clockOf(history[0]!.from)}
      </text>
      <text x={LEFT + WIDTH} y={PAD + HEIGHT + 16} text-anchor="end">
        {clockOf(history.at(-1)!.to)}
      </text>
    </svg>
  );
}

/** A single point is a dot, because a line needs two. */
function Line({ points, class: name }: { points: readonly { x: number; y: number }[]; class: string }) {
  const [only] = points;
  if (only === undefined) return null;
  if (points.length === 1) return <circle class="dot" cx={only.x} cy={only.y} r="3.5" />;
  return <path class={name} d={`M${points.map((point) => `${point.x} ${point.y}`).join('L')}`} />;
}

function spoken(series: Series): string {
  const values = series.filter((value) => value !== null);
  return values.length === 0 ? 'unknown' : `${percent(values[0]!, 1)} to ${percent(values.at(-1)!, 1)}`;
}

function shareText(share: number | null): string {
  return share === null ? '–' : percent(share, 1);
}

function clockOf(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB');
}
