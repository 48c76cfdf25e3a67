import type { ModelVersion, RolloutState } from '../../core/model-version';
import type { ModelIdentity } from '../../core/prediction';
import { getVersion } from '../api';
import { route, setQuery } from '../route';
import { useAnswer } from '../use-answer';
import { Alert } from './alert';
import { ReliabilityDiagram } from './reliability-diagram';
import { TrainingCurves } from './training-curves';

interface VersionQualityProps {
  readonly versions: readonly ModelVersion[];
  readonly active: ModelIdentity | null;
  readonly rollout: RolloutState | null;
}

/** How the chosen version was trained, and how well its confidence matches its accuracy. */
export function VersionQuality({ versions, active, rollout }: VersionQualityProps) {
  const wanted = route.value.query.version;
  const chosen =
    versions.find(({ version }) => String(version) === wanted) ??
    versions.find(({ version }) => version === (rollout?.version ?? active?.version)) ??
    versions.at(-1);
  if (chosen === undefined) return null;
  return (
    <>
      <div class="models-head">
        <h2 id="version-title">Training and calibration</h2>
        <label>
          Version{' '}
          <select
            class="input is-small"
            value={String(chosen.version)}
            onChange={(event) => setQuery({ version: event.currentTarget.value })}
          >
            {[...versions].reverse().map(({ version }) => (
              <option key={version} value={String(version)}>
                {version}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Chosen key={chosen.version} version={chosen} rollout={rollout} />
    </>
  );
}

function Chosen({ version: { name, version, state }, rollout }: ChosenProps) {
  const { data, problem } = useAnswer(() => getVersion(version), `${version} ${state}`);
  const side = [rollout?.serving, rollout?.beside].find((one) => one?.version === version);
  if (data === null) return <Alert text={problem} />;
  const { training, baseline } = data;
  return (
    <div class="columns is-uneven">
      <TrainingCurves name={name} version={version} epochs={training} />
      <section class="card" aria-labelledby="version-calibration-title">
        <h2 id="version-calibration-title">
          Calibration of {name} v{version}
        </h2>
        {side === undefined && baseline === null ? (
          <p class="muted">
            Not measured. <code>models baseline</code> measures it on labelled images.
          </p>
        ) : (
          <ReliabilityDiagram bins={side?.confidence ?? null} baseline={baseline} />
        )}
      </section>
    </div>
  );
}

interface ChosenProps {
  readonly version: ModelVersion;
  readonly rollout: RolloutState | null;
}
