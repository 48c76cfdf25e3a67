import type { ProcessContext } from '../composition/context';
import type { Broker } from '../core/ports';
import { startModel, type ServingModel, type StartOptions } from '../models/serving/start';
import type { FileCrashJournal } from '../quarantine/crash-journal';
import { openJournal } from '../quarantine/open-journal';

export interface AcquiredModel {
  readonly model: ServingModel;
  /** undefined if crashes leave nothing to remember. */
  readonly journal: FileCrashJournal | undefined;
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
  onWarm(model);
  // A quarantine child process cannot load a function of this process, and a remote model has no files to load there.
  if (model.poolOptions() === null) return { model, journal: undefined };
  const journal = openJournal(config, instanceId, () => model.poolOptions(), skipped, log);
  releasers.add('crash journal', () => journal?.close());
  return { model, journal };
}
