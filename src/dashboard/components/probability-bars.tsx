import type { Prediction } from '../../core/prediction';
import { CLASS_NAMES } from '../../core/labels';
import { percent } from '../format';
import { Bar } from './bar';

/** One bar per class; the predicted class is highlighted, the actual class is tagged. */
export function ProbabilityBars({ prediction }: { prediction: Prediction }) {
  const { probabilities = [], label, truth } = prediction;
  return (
    <table class="bars">
      <caption class="hidden">Probability of each class</caption>
      <tbody>
        {CLASS_NAMES.map((name, at) => (
          <tr key={name} class={at === label ? 'is-chosen' : ''}>
            <th scope="row">
              {name}
              {truth === at && <span class="tag">actual</span>}
            </th>
            <td class="bar-cell" aria-hidden="true">
              <Bar share={probabilities[at] ?? 0} />
            </td>
            <td class="number">{percent(probabilities[at] ?? 0, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
