import { labelExportUrl } from '../api';
import { plural } from '../format';
import { OperatorName } from './operator-name';

/** Who labels, how many labels there are, and their export. */
export function LabelFacts({ labels }: { labels: number }) {
  return (
    <section class="card" aria-labelledby="labels-title">
      <h2 id="labels-title">Labels</h2>
      <OperatorName />
      <p class="label-count">{plural(labels, 'label')} so far.</p>
      <div class="inline-fields">
        <a class="button small" href={labelExportUrl('ndjson')} download>
          NDJSON
        </a>
        <a class="button small" href={labelExportUrl('csv')} download>
          CSV
        </a>
      </div>
    </section>
  );
}
