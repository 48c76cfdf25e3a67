import type { DriftAnswer } from '../../http/schemas/drift';
import { clock } from '../format';
import { measuredName } from '../drift';
import { AsTable } from './as-table';

const WIDTH = 360;
const HEIGHT = 120;
const LEFT = 40;
const BOTTOM = 22;
const PAD = 8;

/** Largest index relative to its limit, block by block; above the dashed line is drift. */
export function DriftHistory({ drift: { history, above } }: { drift: DriftAnswer }) {
  const blocks = history.map(({ at, measures }) => {
    const worst = measures.reduce((a, b) => (b.index / b.limit > a.index / a.limit ? b : a));
    return { at, worst };
  });
  const most = Math.max(2 * above, ...blocks.map(({ worst }) => worst.index));
  const x = (at: number) => LEFT + ((at + 0.5) / Math.max(1, blocks.length)) * WIDTH;
  const y = (index: number) => PAD + (1 - Math.sqrt(index / most)) * HEIGHT;
  const summary = `Largest index of ${blocks.length === 1 ? 'one block' : `the last ${blocks.length} blocks`}.`;
  return (
    <>
      <h3>Largest index, block by block</h3>
      <svg
        class="plot"
        viewBox={`0 0 ${LEFT + WIDTH + PAD} ${PAD + HEIGHT + BOTTOM}`}
        role="img"
        aria-label={summary}
      >
        {[0, above, most].map((tick) => (
          <g key={tick}>
            <path class={tick === above ? 'ideal' : 'grid'} d={`M${LEFT} ${y(tick)}H${LEFT + WIDTH}`} />
            <text x={LEFT - 7} y={y(tick) + 4} text-anchor="end">
              {tick === 0 ? '0' : tick.toFixed(2)}
            </text>
          </g>
        ))}
        {blocks.length > 1 && (
          <path
            class="curve"
            d={`M${blocks.map(({ worst }, at) => `${x(at)} ${y(worst.index)}`).join('L')}`}
          />
        )}
        {blocks.map(({ at, worst }, place) => (
          <circle key={at} class="dot" cx={x(place)} cy={y(worst.index)} r="3" />
        ))}
        <text x={LEFT} y={PAD + HEIGHT + 16}>
          {timeOf(blocks[0]?.at)}
        </text>
        <text x={LEFT + WIDTH} y={PAD + HEIGHT + 16} text-anchor="end">
          {timeOf(blocks.at(-1)?.at)}
        </text>
      </svg>
      <p class="muted">{summary} Above the dashed line is drift.</p>
      <AsTable
        caption="Drift by block"
        label="Blocks as a table"
        columns={['Up to', 'Measure', 'Index', 'Limit']}
        rows={blocks.map(({ at, worst }) => [
          timeOf(at),
          measuredName(worst.measure),
          worst.index.toFixed(3),
          worst.limit.toFixed(2),
        ])}
      />
    </>
  );
}

function timeOf(at: string | undefined): string {
  return at === undefined ? '' : clock(at).slice(0, 8);
}
