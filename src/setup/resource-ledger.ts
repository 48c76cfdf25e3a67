import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkedJson } from '../codec/checked';
import { clusterOf, livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import type { Broker, Log, TopicRequest } from '../core/ports';
import { readLog } from '../core/record-log/read-log';
import { appendShared } from '../core/record-log/shared-log';
import { ensureTopics } from './topics';
import { dataFolder } from './data-folder';

/** A topic, or (with `subscriptionOnly`) a subscription, that this program created. */
export type CreatedResource = Pick<TopicRequest, 'topic' | 'subscription' | 'subscriptionOnly'>;

const resourceSchema: z.ZodType<CreatedResource> = z.object({
  topic: z.string(),
  subscription: z.string().exactOptional(),
  subscriptionOnly: z.boolean().exactOptional(),
});
/** A resource was created (`made`) or deleted (`gone`) at the broker `where`. */
const recordSchema = z.object({
  where: z.string(),
  made: resourceSchema.exactOptional(),
  gone: resourceSchema.exactOptional(),
});
type LedgerRecord = Readonly<z.infer<typeof recordSchema>>;

/** `ensureTopics` that also records the created resources, so that `clean` deletes only these. Resolves with their names. */
export async function createTopics(
  broker: Broker,
  config: Config,
  topics: readonly TopicRequest[],
  log: Log,
  signal: AbortSignal,
  onWait?: (reason: string) => void,
): Promise<string[]> {
  const names = await ensureTopics(broker, topics, log, signal, onWait);
  try {
    recordCreated(config, topics, names);
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'cannot record the created topics; clean will not delete them');
  }
  return names;
}

/** @param names of the created topics and subscriptions, as returned by an admin */
export function recordCreated(
  config: Config,
  topics: readonly TopicRequest[],
  names: readonly string[],
): void {
  const created = toResources(topics).filter(({ topic, subscription }) =>
    names.includes(subscription ?? topic),
  );
  append(
    config,
    created.map((made) => ({ where: clusterOf(config), made })),
  );
}

/** One resource for each topic and each subscription. */
export function toResources(topics: readonly TopicRequest[]): CreatedResource[] {
  return topics.flatMap(({ topic, subscription, subscriptionOnly = false }): CreatedResource[] => [
    ...(subscriptionOnly ? [] : [{ topic }]),
    ...(subscription === undefined ? [] : [{ topic, subscription, subscriptionOnly: true }]),
  ]);
}

export function recordDeleted(config: Config, deleted: readonly CreatedResource[]): void {
  append(
    config,
    deleted.map((gone) => ({ where: clusterOf(config), gone })),
  );
  if ([...remaining().values()].every((resources) => resources.size === 0))
    rmSync(ledgerPath(), { force: true });
}

/** Resources created at the broker of the configuration and not deleted by this program since. */
export function createdAt(config: Config): CreatedResource[] {
  return [...(remaining().get(clusterOf(config))?.values() ?? [])];
}

/** Resources by broker and name. */
function remaining(): Map<string, Map<string, CreatedResource>> {
  const brokers = new Map<string, Map<string, CreatedResource>>();
  for (const { where, made, gone } of readRecords()) {
    const resources = brokers.get(where) ?? new Map<string, CreatedResource>();
    brokers.set(where, resources);
    if (made !== undefined) resources.set(nameOf(made), made);
    if (gone !== undefined) resources.delete(nameOf(gone));
  }
  return brokers;
}

function nameOf({ topic, subscription }: CreatedResource): string {
  return subscription === undefined ? `topic ${topic}` : `subscription ${subscription}`;
}

/** Skips brokers inside this process, whose topics do not survive it. */
function append(config: Config, records: readonly LedgerRecord[]): void {
  if (livesInProcess(config) || records.length === 0) return;
  appendShared(ledgerPath(), records);
}

/** Damaged records are skipped, and so are those of other programs. */
function readRecords(): LedgerRecord[] {
  try {
    return readLog(ledgerPath()).records.flatMap((json) => {
      const result = checkedJson(recordSchema, json);
      return 'value' in result ? [result.value] : [];
    });
  } catch {
    return [];
  }
}

function ledgerPath(): string {
  return join(dataFolder(), 'made.ndjson');
}
