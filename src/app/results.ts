import { join, resolve } from 'node:path';
import type { Config } from '../config/schema';
import type { Log, OutcomeObserver } from '../core/ports';
import { createMemoryResults, DEFAULT_CAPACITY } from '../results/memory-store';
import { createResults } from '../results/results';
import { ResultsStore } from '../results/store/store';
import type { ResultsView } from '../results/view';
import { dataFolder } from './instance-id';

export interface ProcessResults {
  readonly results: ResultsView & OutcomeObserver;
  /** Not open yet; null where results are kept in memory only. */
  readonly store: ResultsStore | null;
}

export function createResultsOf(config: Config, log: Log): ProcessResults {
  const { images, retainRows, retainDays } = config.store;
  const path = storePath(config);
  const memory = createMemoryResults({ capacity: Math.min(retainRows, DEFAULT_CAPACITY) });
  const retain = { rows: retainRows, days: retainDays };
  const store = path === null ? null : new ResultsStore({ path, images, retain, log });
  return { results: createResults(memory, store, log), store };
}

/**
 * Where results are stored, null for nowhere. The brokers that live in this process begin anew with it, and so do their
 * offsets: the first images of a run would take the places of those of the run before.
 */
export function storePath({ store, broker, kafka }: Config): string | null {
  if (store.path === 'none') return null;
  if (store.path !== undefined) return resolve(store.path);
  return broker === 'memory' || kafka.embedded ? null : join(dataFolder(), 'predictions.db');
}
