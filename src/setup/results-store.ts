import { join, resolve } from 'node:path';
import type { Config } from '../config/schema';
import type { Log, OutcomeObserver } from '../core/ports';
import type { SkippedRecords } from '../core/skipped-records';
import { createMemoryResults, DEFAULT_CAPACITY, type MemoryResults } from '../results/memory-store';
import { createResults } from '../results/results';
import { ResultsStore } from '../results/store/store';
import type { ResultsView } from '../results/view';
import { dataFolder } from './data-folder';

export interface ProcessResults {
  readonly results: ResultsView & OutcomeObserver;
  readonly memory: MemoryResults;
  /** Not open yet; null where results are kept in memory only. */
  readonly store: ResultsStore | null;
}

/** @param alone nothing else of weight runs in this process */
export function createResultsOf(
  config: Config,
  skipped: SkippedRecords,
  log: Log,
  path = storePath(config),
  alone = false,
): ProcessResults {
  const { images, retainRows, retainDays } = config.store;
  const memory = createMemoryResults({ capacity: Math.min(retainRows, DEFAULT_CAPACITY) });
  const retain = { rows: retainRows, days: retainDays };
  const store = path === null ? null : new ResultsStore({ path, images, retain, alone, skipped, log });
  return { results: createResults(memory, store, log), memory, store };
}

/**
 * Where results are stored, null for nowhere. The brokers that live in this process begin anew with it, and so do their
 * offsets: the first images of a run would take the places of those of the run before. Without HTTP nobody could look at
 * it; but the rules number their alerts by it.
 */
export function storePath({ store, broker, kafka, http, alerts }: Config): string | null {
  if (store.path === 'none') return null;
  if (store.path !== undefined) return resolve(store.path);
  if (broker === 'memory' || kafka.embedded) return null;
  return http.enabled || alerts.length > 0 ? join(dataFolder(), 'predictions.db') : null;
}

/** Where `serve` keeps its own results: it is not to be kept from them by a `run` beside it. */
export function servedStorePath({ store }: Config): string | null {
  if (store.path === 'none') return null;
  return store.path === undefined ? join(dataFolder(), 'serve.db') : resolve(store.path);
}
