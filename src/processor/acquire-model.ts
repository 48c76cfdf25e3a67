import type { ProcessContext } from '../composition/context';
import { StreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import { startModel, type ServingModel, type StartOptions } from '../models/serving/start';
import type { RecordedJournal } from '../quarantine/crash-journal';
import { openJournal } from '../quarantine/open-journal';

export interface AcquiredModel {
  readonly model: ServingModel;
  /** undefined if crashes leave nothing to remember. */
  readonly journal: RecordedJournal | undefined;
}

/** @param onWarm called before the journal is opened */
export async function acquireModel(
  context: ProcessContext,
  broker: Broker,
  options: Pick<StartOptions, 'createPool' | 'metrics' | 'driftOf' | 'onWait'>,
  onWarm: (model: ServingModel) => void,
): Promise<AcquiredModel> {
  const { config, instanceId, skipped, log, signal, releasers } = context;
  const model = await startModel({ ...options, config, broker, log, signal });
  releasers.add('worker pool', () => model.close());
  assertNamed(context, model);
  onWarm(model);
  // A quarantine child process cannot load a function of this process, and a remote model has no files to load there.
  if (model.poolOptions() === null) return { model, journal: undefined };
  const journal = openJournal(config, instanceId, () => model.poolOptions(), skipped, log);
  releasers.add('crash journal', () => journal?.close());
  return { model, journal };
}

/** Of several models, each is addressed by the name in its predictions. Throws CONFIG_INVALID. */
function assertNamed({ member, config }: ProcessContext, { router }: ServingModel): void {
  const { name } = router.model;
  if (member === undefined || member.model === name) return;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `models.serve: the model ${config.inference.model} is named ${name}, not ${member.model}; set name: ${name}`,
  );
}
