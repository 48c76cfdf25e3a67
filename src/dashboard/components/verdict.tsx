import type { Prediction } from '../../core/prediction';
import { percent } from '../format';
import { nameOf } from '../model';
import { Icon } from './icons';

/** The predicted class in large type, and whether it is correct if the image is labelled. */
export function Verdict({ prediction }: { prediction: Prediction }) {
  const { className, confidence, truth, correct } = prediction;
  return (
    <div class="verdict">
      <strong>{className}</strong>
      <span class="muted">{percent(confidence, 1)} confidence</span>
      {truth !== undefined && (
        <span class={correct === true ? 'mark is-right' : 'mark is-wrong'}>
          <Icon name={correct === true ? 'check' : 'cross'} />
          {correct === true ? 'correct' : `incorrect, actual: ${nameOf(truth)}`}
        </span>
      )}
    </div>
  );
}
