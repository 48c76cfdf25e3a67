import { getRollout, listModels } from '../api';
import { ComparisonChart } from '../components/comparison-chart';
import { Disagreements } from '../components/disagreements';
import { ModelVersions } from '../components/model-versions';
import { Rollout } from '../components/rollout';
import { VersionQuality } from '../components/version-quality';
import { about } from '../state';
import { useAnswer } from '../use-answer';

/** Interval at which a rollout, polling or a probation shows up, ms. */
const EVERY_MS = 2_000;

/** Versions of the model: exchanged, compared on the stream, and as they were trained. */
export function Models() {
  const active = about.value?.model ?? null;
  const key = String(active?.version);
  const models = useAnswer(listModels, key, EVERY_MS);
  const rolling = useAnswer(getRollout, key, EVERY_MS);
  const rollout = rolling.data?.rollout ?? null;
  return (
    <div class="view models">
      <div class="columns">
        <ModelVersions models={models} />
        {models.data !== null && (
          <Rollout
            models={models.data}
            active={active}
            answer={rolling}
            onChange={() => {
              models.refresh();
              rolling.refresh();
            }}
          />
        )}
      </div>
      {rollout !== null && (
        <div class="columns">
          <ComparisonChart rollout={rollout} />
          {rollout.mode === 'shadow' && <Disagreements rollout={rollout} />}
        </div>
      )}
      {models.data !== null && (
        <VersionQuality versions={models.data.versions} active={active} rollout={rollout} />
      )}
    </div>
  );
}
