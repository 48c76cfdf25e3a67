import { useState } from 'preact/hooks';
import type { LabelKind } from '../api';
import { LabelCard } from '../components/label-card';
import { LabelFacts } from '../components/label-facts';
import { RetrainingCard } from '../components/retraining';
import { useLabelQueue } from '../use-label-queue';

/** Corrections by keyboard, and training from them. */
export function Labels() {
  const [kind, setKind] = useState<LabelKind>('all');
  const queue = useLabelQueue(kind);
  return (
    <div class="view labels">
      <div class="columns">
        <LabelCard queue={queue} kind={kind} onKind={setKind} />
        <div class="labels-side">
          <LabelFacts labels={queue.labels} />
          <RetrainingCard />
        </div>
      </div>
    </div>
  );
}
