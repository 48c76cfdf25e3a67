import { CLASS_NAMES } from '../../core/labels';
import type { MeasuredDrift } from '../../core/event';
import type { DriftAnswer } from '../../http/schemas/drift';
import { count, dateAndTime, percent } from '../format';
import { driftLevel, measuredName } from '../drift';
import { AsTable } from './as-table';
import { Bar } from './bar';
import { DriftHistory } from './drift-history';

/** How far the latest predictions and their images are from what is normal for the model. */
export function DriftCard({ drift }: { drift: DriftAnswer }) {
  const { baseline, latest, samples, filling, model } = drift;
  if (model === null) return <p class="muted">Nothing was predicted here yet.</p>;
  if (baseline === null)
    return (
      <p class="muted">
        {model.name} v{model.version} has no baseline, so that drift is not measured. Make one with{' '}
        <code>stream-infer models baseline</code>.
      </p>
    );
  if (latest === null)
    return (
      <p class="muted">
        {count(filling)} of the {count(samples)} predictions of the first block.
      </p>
    );
  return (
    <div class="drift">
      <div>
        <p class={`drift-verdict is-${driftLevel(latest, drift.above)}`}>{verdict(drift)}</p>
        <Measures measures={latest.measures} above={drift.above} />
        <p class="muted">
          {count(latest.samples)} predictions until {dateAndTime(latest.at)}, against {count(baseline.images)}{' '}
          images that the model did not learn from. The next block has {count(filling)}. The index is the
          population stability index: 0 is no difference, above the limit is a shift, above{' '}
          {drift.above.toFixed(2)} is drift.
        </p>
      </div>
      <div>
        <DriftHistory drift={drift} />
        <AsTable
          caption="Classes predicted and expected"
          label="Classes as a table"
          columns={['Class', 'Predicted', 'Expected']}
          rows={latest.shares.map((share, label) => [
            CLASS_NAMES[label] ?? String(label),
            percent(share, 1),
            percent(latest.expected[label] ?? 0, 1),
          ])}
        />
      </div>
    </div>
  );
}

function Measures({ measures, above }: { measures: readonly MeasuredDrift[]; above: number }) {
  const longest = Math.max(above, ...measures.flatMap(({ index, limit }) => [index, limit])) * 1.1;
  return (
    <table class="numbers drift-table">
      <caption class="hidden">Distance from the baseline</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col" class="share-head">
            <span class="hidden">Share</span>
          </th>
          <th scope="col">Index</th>
          <th scope="col">Limit</th>
        </tr>
      </thead>
      <tbody>
        {measures.map((one) => (
          <tr key={one.measure} class={`is-${driftLevel(one, above)}`}>
            <th scope="row">{measuredName(one.measure)}</th>
            <td class="bar-cell" aria-hidden="true">
              <Bar share={one.index / longest} />
            </td>
            <td>{one.index.toFixed(3)}</td>
            <td>{one.limit.toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function verdict({ latest, above }: DriftAnswer): string {
  if (latest === null) return '';
  const name = measuredName(latest.measure);
  switch (driftLevel(latest, above)) {
    case 'steady':
      return 'As expected: no index is above its limit.';
    case 'slight':
      return `${name}: a slight shift.`;
    case 'serious':
      return `${name}: drift.`;
  }
}
