import { labelExportUrl } from '../api';
import { plural } from '../format';
import { OperatorName } from './operator-name';

/** Who labels, how many labels there are, and their export. */
export function LabelFacts({ labels }: { labels: number }) {
  return (
    <section class="card" aria-labelledby="labels-title">
      <h2 id="labels-title">Labels</h2>
      <form onSubmit={leaveField}>
        <OperatorName />
      </form>
      <p class="label-count">{plural(labels, 'label')} so far.</p>
      <div class="inline-fields">
        <a class="button small" href={labelExportUrl('ndjson')} download>
          Export NDJSON
        </a>
        <a class="button small" href={labelExportUrl('csv')} download>
          Export CSV
        </a>
      </div>
    </section>
  );
}

/** Enter leaves the field of the name, so that the next keys label images. */
function leaveField(event: SubmitEvent): void {
  event.preventDefault();
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
