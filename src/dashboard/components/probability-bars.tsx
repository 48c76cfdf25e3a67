import type { Prediction } from '../../core/prediction';
import { percent } from '../format';
import { nameOf } from '../model';
import { Bar } from './bar';
import { ObjectTable } from './object-table';

/** More classes than this are sorted and cut. */
const MOST_IN_ORDER = 20;
const MOST_SHOWN = 10;

interface Score {
  readonly label: number;
  readonly name: string;
  readonly probability: number;
}

/**
 * One bar per class, or per likely class: the predicted class is highlighted, the actual class is tagged. Objects instead,
 * if the model finds them.
 */
export function ProbabilityBars({ prediction }: { prediction: Prediction }) {
  const { label, truth, objects } = prediction;
  if (objects !== undefined) return <ObjectTable objects={objects} />;
  return (
    <table class="bars">
      <caption class="hidden">Probability of each class</caption>
      <tbody>
        {scoresOf(prediction).map((score) => (
          <tr key={score.label} class={score.label === label ? 'is-chosen' : ''}>
            <th scope="row">
              {score.name}
              {truth === score.label && <span class="tag">actual</span>}
            </th>
            <td class="bar-cell" aria-hidden="true">
              <Bar share={score.probability} />
            </td>
            <td class="number">{percent(score.probability, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function scoresOf({ probabilities, top, label, className }: Prediction): readonly Score[] {
  if (top !== undefined)
    return top.map((one) => ({ label: one.label, name: one.className, probability: one.confidence }));
  const scores = (probabilities ?? []).map((probability, at) => ({
    label: at,
    name: at === label ? className : nameOf(at),
    probability,
  }));
  if (scores.length <= MOST_IN_ORDER) return scores;
  return scores.sort((a, b) => b.probability - a.probability).slice(0, MOST_SHOWN);
}
