import { join } from 'node:path';
import type { Config } from '../config/schema';
import { dataFolder } from '../setup/data-folder';
import { storePath } from '../setup/results-store';

/**
 * Files of one model: no two processors write the same one. The first model keeps the files of a process with this model
 * alone.
 */
export function withOwnFiles(config: Config, model: string, isFirst: boolean): Config {
  if (isFirst) return config;
  const { store, steering } = config;
  const path = store.path === undefined ? defaultStore(config, model) : ownName(store.path, model);
  const auditLog = steering.auditLog === undefined ? undefined : ownName(steering.auditLog, model);
  return {
    ...config,
    store: { ...store, ...(path !== undefined && { path }) },
    steering: { ...steering, ...(auditLog !== undefined && { auditLog }) },
  };
}

/** undefined where results are kept in memory. */
function defaultStore(config: Config, model: string): string | undefined {
  return storePath(config) === null ? undefined : join(dataFolder(), `predictions-of-${model}.db`);
}

/** `predictions.db` → `predictions-shoes.db` */
function ownName(path: string, model: string): string {
  if (path === 'none') return path;
  const [, stem = path, extension = ''] = /^(.*?[^/\\])(\.\w+)?$/.exec(path) ?? [];
  return `${stem}-${model}${extension}`;
}
