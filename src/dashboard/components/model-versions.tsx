import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { ModelVersion, VersionState } from '../../core/model-version';
import type { ModelsAnswer } from '../../http/schemas/models';
import { loadVersion, rollBack } from '../api';
import { milliseconds, percent } from '../format';
import type { Answer } from '../use-answer';
import { Alert } from './alert';

const WORDS: Readonly<Record<VersionState, string>> = {
  serving: 'Active',
  standby: 'Standby',
  canary: 'Canary',
  shadow: 'Shadow',
  loading: 'Loading',
  available: 'Available',
  refused: 'Refused',
  withdrawn: 'Rolled back',
};

/** Versions in the model folder, with hot swap and rollback. */
export function ModelVersions({ models: { data, problem, refresh } }: { models: Answer<ModelsAnswer> }) {
  const [busy, setBusy] = useState<number | null>(null);
  const [refused, setRefused] = useState('');
  const change = async (version: number, call: () => Promise<ModelVersion>) => {
    setBusy(version);
    setRefused('');
    await call().catch((error: Error) => setRefused(error.message));
    setBusy(null);
    refresh();
  };
  return (
    <section class="card" aria-labelledby="versions-title">
      <h2 id="versions-title">Model versions</h2>
      <Alert text={problem || refused} />
      {data !== null && <Table answer={data} busy={busy} change={(...args) => void change(...args)} />}
      {data?.control === 'none' && (
        <p class="muted">
          The model of this process is fixed. To swap it at run time, start with{' '}
          <code>--model-control explicit</code> or <code>poll</code>.
        </p>
      )}
    </section>
  );
}

interface TableProps {
  readonly answer: ModelsAnswer;
  /** The version being loaded or rolled back. */
  readonly busy: number | null;
  readonly change: (version: number, call: () => Promise<ModelVersion>) => void;
}

function Table({ answer: { control, versions }, busy, change }: TableProps) {
  return (
    <table class="versions">
      <caption class="hidden">Versions of the model, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Accuracy</th>
          <th scope="col">State</th>
          <th scope="col">
            <span class="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {[...versions].reverse().map((one) => (
          <Fragment key={one.version}>
            <tr>
              <th scope="row">{one.version}</th>
              <td>{one.accuracy === null ? '?' : percent(one.accuracy, 2)}</td>
              <td>
                <State state={one.state} />
              </td>
              <td>
                {control !== 'none' && <Exchange one={one} all={versions} busy={busy} change={change} />}
              </td>
            </tr>
            <Note one={one} />
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function State({ state }: { state: VersionState }) {
  const good = ['serving', 'standby', 'canary', 'shadow'].includes(state);
  const bad = state === 'refused' || state === 'withdrawn';
  return <span class={good ? 'mark is-right' : bad ? 'mark is-wrong' : ''}>{WORDS[state]}</span>;
}

/** Reason and measurements of a version, in a row of their own. */
function Note({ one: { version, reason, score } }: { one: ModelVersion }) {
  if (reason === null && score === null) return null;
  return (
    <tr class="version-note">
      <td colSpan={4}>
        <span class="hidden">Version {version}: </span>
        {reason !== null && <p>{reason}</p>}
        {score !== null && (
          <p>
            {score.accuracy !== null && `${percent(score.accuracy, 1)} accuracy on the held-out images, `}
            {milliseconds(score.batchMs)} for {score.batchSize} images
          </p>
        )}
      </td>
    </tr>
  );
}

/** Rolls back the active version, or loads another one. */
function Exchange({
  one: { name, version, state },
  all,
  busy,
  change,
}: { one: ModelVersion; all: readonly ModelVersion[] } & Omit<TableProps, 'answer'>) {
  const isActive = state === 'serving';
  if (isActive && !all.some((other) => other.state === 'standby')) return null;
  const text = isActive ? 'Roll back' : 'Load';
  return (
    <button
      type="button"
      class="small"
      disabled={busy !== null || state === 'loading'}
      aria-label={isActive ? `Roll back from version ${version}` : `Load version ${version}`}
      onClick={() => change(version, () => (isActive ? rollBack(name) : loadVersion(name, version)))}
    >
      {busy === version ? '…' : text}
    </button>
  );
}
