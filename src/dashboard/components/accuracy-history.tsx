import type { Minute } from '../../http/schemas/quality';
import { count, percent, plural } from '../format';
import { AsTable } from './as-table';

const WIDTH = 360;
const HEIGHT = 215;
const LEFT = 40;
const BOTTOM = 22;
const PAD = 8;

/** Accuracy by minute; the columns below show the number of predictions. */
export function AccuracyHistory({ minutes: all }: { minutes: readonly Minute[] }) {
  const minutes = sinceTheFirst(all);
  const judged = minutes.flatMap((minute, at) => (minute.judged > 0 ? [{ ...minute, place: at }] : []));
  const lowest = Math.min(1, ...judged.map((minute) => minute.correct / minute.judged));
  // Steps of 5%, with one free step below the curve.
  const floor = Math.max(0, Math.floor(lowest * 20 - 0.5) / 20);
  const busiest = Math.max(1, ...minutes.map((minute) => minute.predictions));
  const x = (at: number) => LEFT + ((at + 0.5) / Math.max(1, minutes.length)) * WIDTH;
  const y = (share: number) => PAD + (1 - (share - floor) / (1 - floor)) * HEIGHT;
  const column = (WIDTH / Math.max(1, minutes.length)) * 0.7;
  const middle = (1 + floor) / 2;
  return (
    <>
      <svg
        class="plot"
        viewBox={`0 0 ${LEFT + WIDTH + PAD} ${PAD + HEIGHT + BOTTOM}`}
        role="img"
        aria-label={summary(minutes)}
      >
        {[floor, middle, 1].map((tick) => (
          <g key={tick}>
            <path class="grid" d={`M${LEFT} ${y(tick)}H${LEFT + WIDTH}`} />
            <text x={LEFT - 7} y={y(tick) + 4} text-anchor="end">
              {percent(tick, Number.isInteger(tick * 100) ? 0 : 1)}
            </text>
          </g>
        ))}
        {minutes.map(({ predictions }, at) => {
          const height = (predictions / busiest) * HEIGHT * 0.35;
          return (
            <rect
              key={at}
              class="volume"
              x={x(at) - column / 2}
              y={PAD + HEIGHT - height}
              width={column}
              height={height}
              rx="1.5"
            />
          );
        })}
        {judged.length > 1 && (
          <path
            class="curve"
            d={`M${judged.map((minute) => `${x(minute.place)} ${y(minute.correct / minute.judged)}`).join('L')}`}
          />
        )}
        {judged.slice(judged.length === 1 ? 0 : -1).map((minute) => (
          <circle
            key={minute.place}
            class="dot"
            cx={x(minute.place)}
            cy={y(minute.correct / minute.judged)}
            r="3.5"
          />
        ))}
        <text x={LEFT} y={PAD + HEIGHT + 16}>
          {minuteOf(minutes[0])}
        </text>
        <text x={LEFT + WIDTH} y={PAD + HEIGHT + 16} text-anchor="end">
          {minuteOf(minutes.at(-1))}
        </text>
      </svg>
      <p class="muted">{summary(minutes)} Columns: predictions per minute.</p>
      <AsTable
        caption="Accuracy by minute"
        columns={['Minute', 'Predictions', 'Accuracy', 'Dead letters']}
        rows={minutes.map((minute) => [
          minuteOf(minute),
          count(minute.predictions),
          minute.judged === 0 ? '–' : percent(minute.correct / minute.judged, 1),
          count(minute.deadLetters),
        ])}
      />
    </>
  );
}

/** Drops the minutes before the first result, but keeps at least ten. */
function sinceTheFirst(minutes: readonly Minute[]): readonly Minute[] {
  const first = minutes.findIndex(({ predictions, deadLetters }) => predictions + deadLetters > 0);
  return minutes.slice(Math.max(0, Math.min(first, minutes.length - 10)));
}

function minuteOf(minute: Minute | undefined): string {
  return minute === undefined
    ? ''
    : new Date(minute.at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

function summary(minutes: readonly Minute[]): string {
  const sum = (field: 'predictions' | 'judged' | 'correct' | 'deadLetters') =>
    minutes.reduce((total, minute) => total + minute[field], 0);
  const judged = sum('judged');
  const right = judged === 0 ? '' : `, ${percent(sum('correct') / judged, 1)} of the labelled ones correct`;
  return `${plural(sum('predictions'), 'prediction')}${right}; ${plural(sum('deadLetters'), 'dead letter')}.`;
}
