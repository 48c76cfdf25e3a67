import type { ProcessContext } from '../composition/context';
import type { Lifecycle } from '../composition/lifecycle';
import { labelAuditPath } from '../steering/audit-path';
import { openAuditLog } from '../steering/open-audit-log';
import { takesLabels } from '../config/takes-labels';
import type { LabelsService } from '../http/label-services';
import { LabelService } from '../labels/label-service';
import { Retraining, type ActiveVersion } from '../labels/retraining';
import { createLabelStore } from '../results/given-labels/create-label-store';
import type { ResultsStore } from '../results/store/store';
import { createStoredLabels } from '../results/store/stored-labels';
import type { ResultsView } from '../results/view';
import type { ProcessorResources } from './resources';

/** undefined where labels are switched off. Throws CONFIG_INVALID for an audit log that cannot be written. */
export function createLabelsIfEnabled(
  { config, instanceId, log, releasers }: ProcessContext,
  lifecycle: Lifecycle<ProcessorResources>,
  results: ResultsView,
  file: ResultsStore | null,
): LabelsService | undefined {
  if (!takesLabels(config)) return undefined;
  const store = createLabelStore(file && createStoredLabels(file));
  const audit = openAuditLog(labelAuditPath(config, instanceId), config, log);
  const active = () => activeVersion(lifecycle);
  const retraining = new Retraining({
    ...{ control: config.models.control, dataDir: config.dataDir, store, active, audit, log },
  });
  releasers.add('training from labels', () => retraining.close());
  return new LabelService({
    store,
    results,
    topic: config.labels.topic,
    sink: () => lifecycle.acquired.redrives ?? null,
    model: () => lifecycle.acquired.model?.router.description ?? null,
    disagreements: () => lifecycle.acquired.model?.recentDisagreements.list() ?? [],
    audit,
    retraining,
  });
}

function activeVersion(lifecycle: Lifecycle<ProcessorResources>): ActiveVersion | null {
  const { model } = lifecycle.acquired;
  if (model === undefined) return null;
  const { router, manager } = model;
  const dir = model.poolOptions()?.modelDir ?? null;
  return { version: router.model.version, shape: router.shape, dir, models: manager };
}
