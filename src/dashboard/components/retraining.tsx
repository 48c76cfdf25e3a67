import { useState } from 'preact/hooks';
import type { RetrainingPhase } from '../../core/retraining';
import type { RetrainingAnswer } from '../../http/schemas/labels';
import { cancelRetraining, getRetraining, startRetraining } from '../api';
import { count, dateAndTime, percent } from '../format';
import { operatorName } from '../operator';
import { hashOf } from '../route';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';

const EVERY_MS = 2_000;

const WORDS: Readonly<Record<RetrainingPhase, string>> = {
  training: 'Training',
  offered: 'In shadow',
  ready: 'Ready',
  refused: 'Refused',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** Trains a candidate from the labels, and shows what came of it. */
export function RetrainingCard() {
  const { data, problem, refresh } = useAnswer(getRetraining, '', EVERY_MS);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState('');
  const change = (call: (by: string) => Promise<unknown>): void => {
    setBusy(true);
    setRefused('');
    void call(operatorName.peek().trim())
      .catch((error: Error) => setRefused(error.message))
      .then(() => {
        setBusy(false);
        refresh();
      });
  };
  if (data === null) return <Alert text={problem} />;
  const { off, job } = data;
  const isTraining = job?.phase === 'training';
  const isNameless = operatorName.value.trim() === '';
  return (
    <section class="card" aria-labelledby="retraining-title">
      <h2 id="retraining-title">Retrain</h2>
      <p class="muted">
        Trains a candidate from the active version and the labels, in a process of low priority. It is offered
        as a shadow if it is better on labels that were held out and as good on the test images.
      </p>
      <Alert text={problem || refused} />
      {job !== null && <Job job={job} />}
      {off !== null && <p class="label-off">{off}</p>}
      {off === null && isNameless && <p class="muted">Enter your name first.</p>}
      <div class="inline-fields label-actions">
        {isTraining ? (
          <button type="button" class="small" disabled={busy} onClick={() => change(cancelRetraining)}>
            Cancel training
          </button>
        ) : (
          <button
            type="button"
            class="small primary"
            disabled={busy || off !== null || isNameless}
            onClick={() => change(startRetraining)}
          >
            Retrain
          </button>
        )}
        {(job?.phase === 'offered' || job?.phase === 'ready') && (
          <a href={hashOf('models')}>Compare and promote on the tab Models</a>
        )}
      </div>
    </section>
  );
}

function Job({ job }: { job: NonNullable<RetrainingAnswer['job']> }) {
  const { phase, by, startedAt, labels, base, version, epoch, epochs, comparison, message } = job;
  return (
    <div class="retraining-job">
      <p>
        <b>{WORDS[phase]}</b>: version {version} from version {base} and {count(labels)} labels, by {by},{' '}
        {dateAndTime(startedAt)}
      </p>
      {phase === 'training' && (
        <progress max={Math.max(1, epochs)} value={epoch} aria-label="Epochs">
          {epoch} of {epochs}
        </progress>
      )}
      {comparison !== null && (
        <table class="versions">
          <caption class="hidden">Accuracy of both versions</caption>
          <thead>
            <tr>
              <th scope="col">Images</th>
              <th scope="col">Version {base}</th>
              <th scope="col">Version {version}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{count(comparison.heldOutImages)} labelled</th>
              <td>{percent(comparison.base.heldOut, 1)}</td>
              <td>{percent(comparison.candidate.heldOut, 1)}</td>
            </tr>
            <tr>
              <th scope="row">{count(comparison.testImages)} test</th>
              <td>{percent(comparison.base.test, 1)}</td>
              <td>{percent(comparison.candidate.test, 1)}</td>
            </tr>
          </tbody>
        </table>
      )}
      {message !== '' && <p>{message}</p>}
    </div>
  );
}
