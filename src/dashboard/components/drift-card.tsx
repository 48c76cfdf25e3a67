import type { MeasuredDrift } from '../../core/event';
import { CLASS_NAMES } from '../../core/labels';
import type { ModelIdentity } from '../../core/prediction';
import type { DriftAnswer } from '../../http/schemas/drift';
import { count, dateAndTime, percent } from '../format';
import { nameOf } from '../model';
import { driftLevel, measuredName } from '../drift';
import { AsTable } from './as-table';
import { Bar } from './bar';
import { DriftHistory } from './drift-history';

/** Distance of the latest predictions and images from the baseline of the model. */
export function DriftCard({ drift }: { drift: DriftAnswer }) {
  const { baseline, silentRules = [], latest, samples, filling, model } = drift;
  if (model === null) return <p class="muted">No predictions yet.</p>;
  if (baseline === null)
    return (
      <>
        {silentRules.length > 0 && (
          <p class="drift-verdict is-serious">No alerts: {silentRules.join(', ')} cannot fire.</p>
        )}
        <p class="muted">
          {model.name} v{model.version} has no baseline, so drift is not measured. Create one with{' '}
          <code>npx --no-install stream-infer models baseline {baselineArguments(model)}</code>.
        </p>
      </>
    );
  if (latest === null)
    return (
      <p class="muted">
        First block: {count(filling)} of {count(samples)} predictions.
      </p>
    );
  return (
    <div class="drift">
      <div>
        <p class={`drift-verdict is-${driftLevel(latest, drift.above)}`}>{verdict(drift)}</p>
        <Measures measures={latest.measures} above={drift.above} />
        <p class="muted">
          {count(latest.samples)} predictions up to {dateAndTime(latest.at)}, compared with{' '}
          {count(baseline.images)} held-out images. The next block has {count(filling)}. The index is the
          population stability index: 0 means identical, above the limit is a shift, above{' '}
          {drift.above.toFixed(2)} is drift.
        </p>
      </div>
      <div>
        <DriftHistory drift={drift} />
        <AsTable
          caption="Predicted and expected classes"
          label="Classes as a table"
          columns={['Class', 'Predicted', 'Expected']}
          rows={latest.shares.map((share, label) => [
            nameOf(label),
            percent(share, 1),
            percent(latest.expected[label] ?? 0, 1),
          ])}
        />
      </div>
    </div>
  );
}

/** Other models than Fashion-MNIST's are measured on images of their user. */
function baselineArguments({ name, version }: ModelIdentity): string {
  const isShipped = CLASS_NAMES.every((className, label) => nameOf(label) === className);
  return isShipped ? `${name}@${version}` : `./models/${name}/${version} --images ./photos`;
}

function Measures({ measures, above }: { measures: readonly MeasuredDrift[]; above: number }) {
  const longest = Math.max(above, ...measures.flatMap(({ index, limit }) => [index, limit])) * 1.1;
  return (
    <table class="numbers drift-table">
      <caption class="hidden">Distance from the baseline</caption>
      <thead>
        <tr>
          <th scope="col">Measure</th>
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
      return 'No drift: every index is within its limit.';
    case 'slight':
      return `${name}: slight shift.`;
    case 'serious':
      return `${name}: drift.`;
  }
}
