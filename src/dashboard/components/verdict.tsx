import { CLASS_NAMES } from '../../core/labels';
import type { Prediction } from '../../core/prediction';
import { percent } from '../format';
import { Icon } from './icons';

/** The answer in large letters, and whether it is right where that is known. */
export function Verdict({ prediction }: { prediction: Prediction }) {
  const { className, confidence, truth, correct } = prediction;
  return (
    <div class="verdict">
      <strong>{className}</strong>
      <span class="muted">{percent(confidence, 1)} sure</span>
      {truth !== undefined && (
        <span class={correct === true ? 'mark is-right' : 'mark is-wrong'}>
          <Icon name={correct === true ? 'check' : 'cross'} />
          {correct === true ? 'right' : `wrong: it is ${CLASS_NAMES[truth] ?? 'something else'}`}
        </span>
      )}
    </div>
  );
}
