import type { ConfusionAnswer } from '../../http/schemas/quality';
import { shortCount } from '../format';
import { hashOf } from '../route';
import { Bar } from './bar';

const MOST_SHOWN = 20;

/** The most frequent confusions of a model with too many classes for a matrix. */
export function ConfusedPairs({ confusion: { pairs, classes } }: { confusion: ConfusionAnswer }) {
  const most = Math.max(1, pairs[0]?.count ?? 0);
  return (
    <table class="bars confused-pairs">
      <caption class="hidden">Most frequent confusions, actual class and predicted class</caption>
      <tbody>
        {pairs.slice(0, MOST_SHOWN).map(({ truth, label, count }) => (
          <tr key={`${truth} ${label}`}>
            <th scope="row">
              <a href={hashOf('predictions', { truth: String(truth), label: String(label) })}>
                {classes[truth]} → {classes[label]}
              </a>
            </th>
            <td class="bar-cell" aria-hidden="true">
              <Bar share={count / most} />
            </td>
            <td class="number">{shortCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
