import { useState } from 'preact/hooks';
import type { ComparedSide, ModelVersion, RolloutState } from '../../core/model-version';
import type { ModelIdentity } from '../../core/prediction';
import type { ModelsAnswer } from '../../http/schemas/models';
import type { RolloutAnswer } from '../../http/schemas/rollout';
import { endRollout, loadVersion, startRollout, type RolloutStart } from '../api';
import { count, percent } from '../format';
import type { Answer } from '../use-answer';
import { Alert } from './alert';

interface RolloutProps {
  readonly models: ModelsAnswer;
  readonly active: ModelIdentity | null;
  readonly answer: Answer<RolloutAnswer>;
  readonly onChange: () => void;
}

/** The candidate on the stream in numbers, or the form that starts one. */
export function Rollout({ models, active, answer: { data, problem }, onChange }: RolloutProps) {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState('');
  const others = models.versions.filter(({ version }) => version !== active?.version);
  const rollout = data?.rollout ?? null;
  if (models.control === 'none' || (others.length === 0 && rollout === null)) return null;

  const change = (call: () => Promise<unknown>): void => {
    setBusy(true);
    setRefused('');
    void call()
      .catch((error: Error) => setRefused(error.message))
      .then(() => {
        setBusy(false);
        onChange();
      });
  };
  return (
    <section class="card" aria-labelledby="rollout-title">
      <h2 id="rollout-title">Canary and shadow</h2>
      <Alert text={problem || refused} />
      {rollout === null ? (
        <Start versions={others} busy={busy} change={change} />
      ) : (
        <>
          <Comparison rollout={rollout} />
          <div class="inline-fields rollout-actions">
            <button
              type="button"
              class="primary small"
              disabled={busy}
              onClick={() => change(() => loadVersion(active?.name ?? '', rollout.version))}
            >
              Promote version {rollout.version}
            </button>
            <button type="button" class="small" disabled={busy} onClick={() => change(endRollout)}>
              End {rollout.mode}
            </button>
          </div>
        </>
      )}
    </section>
  );
}

interface StartProps {
  readonly versions: readonly ModelVersion[];
  readonly busy: boolean;
  readonly change: (call: () => Promise<unknown>) => void;
}

function Start({ versions, busy, change }: StartProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [share, setShare] = useState('5');
  // The chosen version may be active by now, or removed; the newest one replaces it.
  const { version = 0 } = versions.find((one) => one.version === chosen) ?? versions.at(-1) ?? {};
  const start = (request: RolloutStart) => change(() => startRollout(request));
  return (
    <>
      <p class="muted">
        A canary predicts for a percentage of the keys. A shadow gets a copy of all messages; only its
        disagreements are published.
      </p>
      <div class="inline-fields rollout-start">
        <label>
          Version{' '}
          <select
            class="input is-small"
            value={String(version)}
            onChange={(event) => setChosen(Number(event.currentTarget.value))}
          >
            {[...versions].reverse().map((one) => (
              <option key={one.version} value={String(one.version)}>
                {one.version}
              </option>
            ))}
          </select>
        </label>
        <label>
          Percent{' '}
          <input
            type="number"
            class="input is-small"
            min="0.1"
            max="100"
            step="any"
            value={share}
            onInput={(event) => setShare(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="small"
          disabled={busy}
          onClick={() => start({ mode: 'canary', version, percent: Number(share) })}
        >
          Start canary
        </button>
        <button
          type="button"
          class="small"
          disabled={busy}
          onClick={() => start({ mode: 'shadow', version })}
        >
          Start shadow
        </button>
      </div>
    </>
  );
}

function Comparison({ rollout }: { rollout: RolloutState }) {
  const { mode, share, serving, beside, disagreed, skipped } = rollout;
  return (
    <>
      <p class="rollout-text">
        Version {beside.version}{' '}
        {mode === 'canary' ? `predicts for ${percent(share, 1)} of the keys` : 'shadows all messages'}.
      </p>
      <table class="versions is-compared">
        <caption class="hidden">Comparison of both versions</caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Images</th>
            <th scope="col">Accuracy</th>
            <th scope="col">Mean confidence</th>
          </tr>
        </thead>
        <tbody>
          <Side side={serving} />
          <Side side={beside} />
        </tbody>
      </table>
      {mode === 'shadow' && (
        <p class="rollout-text">
          {count(disagreed)} disagreements ({percent(beside.images === 0 ? 0 : disagreed / beside.images, 2)}
          ), {count(skipped)} skipped.
        </p>
      )}
    </>
  );
}

function Side({ side: { version, images, judged, correct, meanConfidence } }: { side: ComparedSide }) {
  return (
    <tr>
      <th scope="row">{version}</th>
      <td>{count(images)}</td>
      <td>{judged === 0 ? '?' : `${percent(correct / judged, 1)} of ${count(judged)}`}</td>
      <td>{meanConfidence === null ? '?' : percent(meanConfidence, 1)}</td>
    </tr>
  );
}
