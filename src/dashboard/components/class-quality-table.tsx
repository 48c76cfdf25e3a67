import type { ClassQuality } from '../../http/schemas/quality';
import { percent, shortCount } from '../format';
import { hashOf } from '../route';
import { Bar } from './bar';

/** Precision, recall and F1 by class; a class links to its misclassified images. */
export function ClassQualityTable({ classes }: { classes: readonly ClassQuality[] }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Quality by class">
      <table class="numbers quality-table">
        <caption class="hidden">Precision, recall and F1 by class</caption>
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col" class="share-head">
              <span class="hidden">Share</span>
            </th>
            <th scope="col">F1</th>
            <th scope="col">Precision</th>
            <th scope="col">Recall</th>
            <th scope="col">Images</th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ label, className, support, precision, recall, f1 }) => (
            <tr key={label}>
              <th scope="row">
                <a
                  href={hashOf('predictions', { truth: String(label), wrong: 'true' })}
                  title={`${className}: show misclassified images`}
                >
                  {className}
                </a>
              </th>
              <td class="bar-cell" aria-hidden="true">
                <Bar share={f1 ?? 0} />
              </td>
              <td>{share(f1)}</td>
              <td>{share(precision)}</td>
              <td>{share(recall)}</td>
              <td>{shortCount(support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function share(value: number | null): string {
  return value === null ? '–' : percent(value, 1);
}
