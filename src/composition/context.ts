import type { Config } from '../config/schema';
import type { Log } from '../core/ports';
import { SkippedRecords } from '../core/skipped-records';
import type { Setting } from '../http/services';
import { Releasers } from '../setup/releasers';
import type { Membership } from './membership';
import { NO_TRACING, type Tracing } from '../telemetry/tracing/tracing';

/** Options of every long-running process. */
export interface ProcessOptions {
  readonly config: Config;
  /** The same configuration, for the dashboard. */
  readonly settings: readonly Setting[];
  readonly version: string;
  readonly instanceId: string;
  readonly log: Log;
  /** Aborts a start that is waiting. */
  readonly signal: AbortSignal;
  /** Stays open when the process is closed. */
  readonly tracing?: Tracing;
  /** Absent in a process with one model. */
  readonly member?: Membership;
  /** Called as soon as the server listens, before anything else is ready. */
  readonly onListening?: (url: string) => void;
}

/** The options, plus what the pieces of one process share. */
export interface ProcessContext extends ProcessOptions {
  readonly tracing: Tracing;
  /** Aborted when the process stops. */
  readonly abandon: AbortController;
  readonly releasers: Releasers;
  readonly skipped: SkippedRecords;
}

export function createContext(options: ProcessOptions): ProcessContext {
  return {
    ...options,
    tracing: options.tracing ?? NO_TRACING,
    abandon: new AbortController(),
    releasers: new Releasers(options.log),
    skipped: new SkippedRecords(),
  };
}
