import type { CallbacksConfig } from '../config/requests';
import type { Log } from '../core/ports';
import type { SkippedRecords } from '../core/skipped-records';
import { CallbackJournal } from './callback-journal';
import { CallbackTargets } from './callback-targets';
import { Callbacks } from './callbacks';

export interface OpenCallbacksOptions {
  readonly config: CallbacksConfig;
  /** File of the open callbacks; null to keep them in memory only. */
  readonly journal: string | null;
  readonly version: string;
  readonly skipped: SkippedRecords;
  readonly log: Log;
}

/** The callbacks of this process with those of its earlier run; null where no place is allowed. */
export function openCallbacks({
  config,
  journal,
  version,
  skipped,
  log,
}: OpenCallbacksOptions): Callbacks | null {
  const { allow, allowPrivateNetwork, secret, timeout: timeoutMs, attempts } = config;
  if (allow.length === 0 || secret === undefined) return null;
  return new Callbacks({
    targets: new CallbackTargets({ allow, allowPrivateNetwork }),
    journal: new CallbackJournal(journal, log, skipped),
    ...{ secret, timeoutMs, attempts, version, log },
  });
}
