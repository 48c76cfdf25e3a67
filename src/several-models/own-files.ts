import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/schema';
import { isPostgresUrl, parsePostgresUrl, withSchema } from '../core/postgres-url';
import { dataFolder } from '../setup/data-folder';
import { storePath } from '../setup/results-store';

/** Longest name of a schema in PostgreSQL, in bytes. */
const MOST_SCHEMA = 63;

/**
 * Files of one model: no two processors write the same one. The first model keeps the files of a process with this model
 * alone.
 */
export function withOwnFiles(config: Config, model: string, isFirst: boolean): Config {
  if (isFirst) return config;
  const { store, steering } = config;
  const path = store.path === undefined ? defaultStore(config, model) : ownStore(store.path, model);
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

/** Of a database, a schema of its own. */
function ownStore(path: string, model: string): string {
  if (!isPostgresUrl(path)) return ownName(path, model);
  return withSchema(path, ownSchema(parsePostgresUrl(path).schema, model));
}

/** `stream_infer` → `stream_infer_shoes`; with a hash if other names of models would lead to the same schema. */
function ownSchema(schema: string, model: string): string {
  const plain = `${schema}_${model}`;
  if (/^[a-z0-9_]{1,63}$/.test(plain)) return plain;
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 8);
  return `${plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_')
    .slice(0, MOST_SCHEMA - 9)}_${hash}`;
}

/** `predictions.db` → `predictions-shoes.db` */
function ownName(path: string, model: string): string {
  if (path === 'none') return path;
  const [, stem = path, extension = ''] = /^(.*?[^/\\])(\.\w+)?$/.exec(path) ?? [];
  return `${stem}-${model}${extension}`;
}
