import { join } from 'node:path';
import type { Config } from '../../config/schema';
import type { Log } from '../../core/ports';
import type { PoolOptions } from '../../inference/pool';
import { dataFolder } from '../instance-id';
import { CrashJournal } from './crash-journal';
import { Quarantine } from './quarantine';

/**
 * The crash journal of this process. Undefined where messages are gone with the process (so that their ids name others
 * after a restart), or where the data folder cannot be written.
 */
export function openJournal(
  config: Config,
  instanceId: string,
  pool: Omit<PoolOptions, 'log'>,
  log: Log,
): CrashJournal | undefined {
  if (config.broker === 'memory' || (config.broker === 'kafka' && config.kafka.embedded)) return undefined;
  const { modelDir, runtime, invert, taskTimeoutMs, startTimeoutMs } = pool;
  return CrashJournal.open({
    folder: join(dataFolder(), 'journal'),
    instanceId,
    maxBatch: config.inference.maxBatch,
    quarantine: new Quarantine({
      pool: { modelDir, runtime, invert, taskTimeoutMs, startTimeoutMs },
      log: config.log,
    }),
    log,
  });
}
