import { join } from 'node:path';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import type { SkippedRecords } from '../core/skipped-records';
import type { PoolOptions } from '../inference/pool';
import { dataFolder } from '../setup/data-folder';
import type { RecordedJournal } from './crash-journal';
import { openFileJournal } from './file-journal';
import { Quarantine } from './quarantine';
import type { QuarantineSettings } from './quarantine-protocol';

/**
 * The crash journal of this process. Undefined for brokers inside the process, which reuse message ids after a restart,
 * and for a data folder that cannot be written.
 *
 * @param poolOptions the active model; null if a child process cannot load it
 */
export function openJournal(
  config: Config,
  instanceId: string,
  poolOptions: () => Omit<PoolOptions, 'log'> | null,
  skipped: SkippedRecords,
  log: Log,
): RecordedJournal | undefined {
  if (livesInProcess(config)) return undefined;
  return openFileJournal({
    folder: join(dataFolder(), 'journal'),
    instanceId,
    maxBatch: config.inference.maxBatch,
    quarantine: new Quarantine(() => toSettings(config, poolOptions())),
    skipped,
    log,
  });
}

function toSettings(config: Config, pool: Omit<PoolOptions, 'log'> | null): QuarantineSettings {
  if (pool === null)
    throw new StreamInferError('RUNTIME_UNAVAILABLE', 'no model is available that a child process can load');
  const { modelDir, runtime, precision, invert, taskTimeoutMs, startTimeoutMs } = pool;
  return { pool: { modelDir, runtime, precision, invert, taskTimeoutMs, startTimeoutMs }, log: config.log };
}
