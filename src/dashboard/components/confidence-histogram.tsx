import type { ConfidenceBin } from '../../http/schemas/quality';
import { count, percent } from '../format';
import { hashOf } from '../route';
import { AsTable } from './as-table';

/** Predictions in 20 bins of confidence, split by correctness. A column links to its predictions. */
export function ConfidenceHistogram({ bins }: { bins: readonly ConfidenceBin[] }) {
  // Most predictions are in the last bin; the square root keeps the other bins visible.
  const most = Math.sqrt(Math.max(1, ...bins.map((bin) => bin.count)));
  return (
    <>
      <div class="histogram" role="list" aria-label="Predictions by confidence">
        {bins.map((bin) => (
          <Column key={bin.from} bin={bin} height={Math.sqrt(bin.count) / most} />
        ))}
      </div>
      <div class="axis" aria-hidden="true">
        <span>0%</span>
        <span>confidence</span>
        <span>100%</span>
      </div>
      <p class="legend">
        <span>
          <i class="block is-right" /> correct
        </span>
        <span>
          <i class="block is-wrong" /> incorrect
        </span>
        <span>
          <i class="block is-open" /> unlabelled
        </span>
      </p>
      <p class="muted">{summary(bins)} Heights are square roots of the counts.</p>
      <AsTable
        caption="Predictions by confidence"
        columns={['Confidence', 'Predictions', 'Judged', 'Right']}
        rows={bins.map((bin) => [range(bin), count(bin.count), count(bin.judged), count(bin.correct)])}
      />
    </>
  );
}

function Column({ bin, height }: { bin: ConfidenceBin; height: number }) {
  const { from, to, judged, correct } = bin;
  if (bin.count === 0) return <span role="listitem" class="column is-none" aria-label={`${range(bin)}: 0`} />;
  const part = (value: number) => ({ flexGrow: value });
  const right = judged === 0 ? '' : `, ${percent(correct / judged)} of the labelled ones correct`;
  const text = `${range(bin)}: ${count(bin.count)}${right}`;
  return (
    <span role="listitem" class="column">
      <a
        style={{ height: `${Math.max(2, height * 100)}%` }}
        href={hashOf('predictions', { minConfidence: String(from), maxConfidence: String(to) })}
        aria-label={`${text}. Show predictions`}
        title={text}
      >
        <i class="is-open" style={part(bin.count - judged)} />
        <i class="is-wrong" style={part(judged - correct)} />
        <i class="is-right" style={part(correct)} />
      </a>
    </span>
  );
}

function range({ from, to }: ConfidenceBin): string {
  return `${Math.round(from * 100)}–${Math.round(to * 100)}%`;
}

function summary(bins: readonly ConfidenceBin[]): string {
  const all = bins.reduce((sum, bin) => sum + bin.count, 0);
  const surest = bins.at(-1);
  if (all === 0 || surest === undefined) return 'No predictions yet.';
  return `${percent(surest.count / all)} of the predictions have a confidence of at least ${Math.round(surest.from * 100)}%.`;
}
