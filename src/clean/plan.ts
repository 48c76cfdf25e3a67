import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { isPostgresUrl, parsePostgresUrl, shownPostgresUrl } from '../core/postgres-url';
import { allTopicsOf } from '../setup/topics';
import { dataFolder } from '../setup/data-folder';
import { createdAt, type CreatedResource } from '../setup/resource-ledger';
import { runningIn } from './running';
import { storeFiles, whyKept } from './store-file';

/** Items to remove and items to keep; nothing is changed yet. */
export interface CleanPlan {
  /** Topics and subscriptions of this configuration that this program created. */
  readonly made: readonly CreatedResource[];
  /** Results stores. */
  readonly stores: readonly string[];
  /** Folders of journals and similar files. */
  readonly folders: readonly string[];
  readonly left: readonly Left[];
}

export interface Left {
  readonly what: string;
  readonly why: string;
}

/** Folders in which processes keep state between runs. */
const FOLDERS = ['journal', 'events', 'published', 'callbacks'];

export async function planClean(config: Config): Promise<CleanPlan> {
  const left: Left[] = [];
  const stores: string[] = [];
  for (const path of storesOf(config)) {
    if (storeFiles(path).length === 0) continue;
    const why = await whyKept(path);
    if (why === null) stores.push(path);
    else left.push({ what: path, why });
  }
  const existing = FOLDERS.map((name) => join(dataFolder(), name)).filter(existsSync);
  const [running] = existing.length > 0 ? runningIn(dataFolder()) : [];
  if (running !== undefined)
    left.push(
      ...existing.map((what) => ({
        what,
        why: `process ${running.pid} on ${running.host} may be using it`,
      })),
    );
  if (isSharedStore(config.store.path))
    left.push({ what: shownPostgresUrl(config.store.path), why: whyShared(config.store.path) });
  const { made, foreign } = topicsToRemove(config);
  left.push(...foreign.map((what) => ({ what: `topic ${what}`, why: NOT_CREATED })));
  return { made, stores, folders: running === undefined ? existing : [], left };
}

const NOT_CREATED = 'not created by this program, if it exists; topics delete removes it';

function topicsToRemove(config: Config): { made: CreatedResource[]; foreign: string[] } {
  if (livesInProcess(config)) return { made: [], foreign: [] };
  const topics = allTopicsOf(config).map(({ topic }) => topic);
  const made = createdAt(config).filter(({ topic }) => topics.includes(topic));
  // Without rules these topics are never created, so they need no mention.
  const expected = topics.filter(
    (topic) => config.alerts.length > 0 || ![config.output.events, config.output.alerts].includes(topic),
  );
  const isCreated = (name: string) =>
    made.some(({ topic, subscriptionOnly }) => topic === name && !subscriptionOnly);
  return { made, foreign: expected.filter((topic) => !isCreated(topic)) };
}

function isSharedStore(path: string | undefined): path is string {
  return path !== undefined && isPostgresUrl(path);
}

function whyShared(path: string): string {
  return `other processes may use it; to remove it: DROP SCHEMA ${parsePostgresUrl(path).schema} CASCADE`;
}

function storesOf({ store }: Config): string[] {
  if (store.path === 'none' || isSharedStore(store.path)) return [];
  if (store.path !== undefined) return [resolve(store.path)];
  if (!existsSync(dataFolder())) return [];
  const names = readdirSync(dataFolder()).filter((name) => /^(serve|predictions(-[\w.-]+)?)\.db$/.test(name));
  return names.map((name) => join(dataFolder(), name));
}
