import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import type { Log, OutcomeObserver } from '../core/ports';
import { isPostgresUrl } from '../core/postgres-url';
import { isAddress } from '../core/remote-model';
import type { SkippedRecords } from '../core/skipped-records';
import { ClassNames } from '../results/class-names';
import { createMemoryResults, DEFAULT_CAPACITY, type MemoryResults } from '../results/memory-store';
import { createResults } from '../results/results';
import { ResultsStore } from '../results/store/store';
import type { ResultsView } from '../results/view';
import { dataFolder } from './data-folder';

export interface ProcessResults {
  readonly results: ResultsView & OutcomeObserver;
  readonly memory: MemoryResults;
  /** Names of the classes in all answers. */
  readonly names: ClassNames;
  /** Not open yet; null if results are kept in memory only. */
  readonly store: ResultsStore | null;
}

/** @param alone true for `serve`: it does no other heavy work, and leaves a shared store to the processes that predict */
export function createResultsOf(
  config: Config,
  skipped: SkippedRecords,
  log: Log,
  path = storePath(config),
  alone = false,
): ProcessResults {
  const { images, retainRows, retainDays } = config.store;
  const names = new ClassNames();
  const memory = createMemoryResults({ capacity: Math.min(retainRows, DEFAULT_CAPACITY), names });
  const retain = { rows: retainRows, days: retainDays };
  const about = { images, names, retain, alone, readOnly: alone, skipped, log };
  const store = path === null ? null : new ResultsStore({ path, ...about });
  return { results: createResults(memory, store, log), memory, names, store };
}

/**
 * Path or URL of the results store; null for none. Brokers inside this process restart their offsets with it, so the rows of
 * one run would overwrite those of the run before. Without HTTP, only alert rules need the store, for their numbers.
 */
export function storePath(config: Config): string | null {
  const { store, http, alerts, inference, model } = config;
  if (store.path === 'none') return null;
  if (store.path !== undefined) return placeOf(store.path);
  if (livesInProcess(config)) return null;
  return http.enabled || alerts.length > 0
    ? join(dataFolder(), storeFile(inference.model, model.name))
    : null;
}

/**
 * A model of the user has a file of its own, because its classes are not those of the other models. All versions of a
 * model share the file.
 */
function storeFile(model: string, remoteName = ''): string {
  if (isAddress(model)) {
    const { hostname } = new URL(model);
    return `predictions-${hostname.replace(/[^\w.-]/g, '-')}-${shortHash(`${model} ${remoteName}`)}.db`;
  }
  const isShipped = /^[\w.-]+(@\d+)?$/.test(model) && !existsSync(resolve(model));
  if (isShipped) return 'predictions.db';
  const folder = resolve(model).replace(/[\\/]\d+$/, '');
  return `predictions-${basename(folder).replace(/[^\w.-]/g, '-')}-${shortHash(folder)}.db`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** An absolute path, or the URL of a database. */
function placeOf(path: string): string {
  return isPostgresUrl(path) ? path : resolve(path);
}

/** Path of the store of `serve`, which differs from that of a `run` on the same machine. */
export function servedStorePath({ store }: Config): string | null {
  if (store.path === 'none') return null;
  return store.path === undefined ? join(dataFolder(), 'serve.db') : placeOf(store.path);
}
