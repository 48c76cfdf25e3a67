import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { checkedJson } from '../codec/checked';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { Broker, Log, TopicRequest } from '../core/ports';
import { ensureTopics } from './connect';
import { dataFolder } from './instance-id';

/** A topic, or (with `subscriptionOnly`) a subscription, that was not there before this program made it. */
export type Made = Pick<TopicRequest, 'topic' | 'subscription' | 'subscriptionOnly'>;

const madeSchema: z.ZodType<Made> = z.object({
  topic: z.string(),
  subscription: z.string().exactOptional(),
  subscriptionOnly: z.boolean().exactOptional(),
});
/** One line of the list: made there, or gone again. */
const lineSchema = z.object({
  where: z.string(),
  made: madeSchema.exactOptional(),
  gone: madeSchema.exactOptional(),
});
type Line = Readonly<z.infer<typeof lineSchema>>;

/** `ensureTopics`, which also notes what it made, so that `clean` can tell it from what was there before. */
export async function makeTopics(
  broker: Broker,
  config: Config,
  topics: readonly TopicRequest[],
  log: Log,
  signal: AbortSignal,
  onWait?: (reason: string) => void,
): Promise<void> {
  const names = await ensureTopics(broker, topics, log, signal, onWait);
  try {
    noteMade(config, topics, names);
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'what was made is not noted; clean will leave it alone');
  }
}

/** @param names of the topics and subscriptions that were made, as an admin returns them */
export function noteMade(config: Config, topics: readonly TopicRequest[], names: readonly string[]): void {
  const made = toMade(topics).filter(({ topic, subscription }) => names.includes(subscription ?? topic));
  append(
    config,
    made.map((one) => ({ where: whereOf(config), made: one })),
  );
}

/** Each topic and each subscription by itself. */
export function toMade(topics: readonly TopicRequest[]): Made[] {
  return topics.flatMap(({ topic, subscription, subscriptionOnly = false }): Made[] => [
    ...(subscriptionOnly ? [] : [{ topic }]),
    ...(subscription === undefined ? [] : [{ topic, subscription, subscriptionOnly: true }]),
  ]);
}

export function noteGone(config: Config, gone: readonly Made[]): void {
  append(
    config,
    gone.map((one) => ({ where: whereOf(config), gone: one })),
  );
  if ([...stillMade().values()].every((made) => made.size === 0)) rmSync(listPath(), { force: true });
}

/** What was made at the broker that the configuration names, and was not deleted from here since. */
export function madeAt(config: Config): Made[] {
  return [...(stillMade().get(whereOf(config))?.values() ?? [])];
}

/** By place. Lines are appended, since several processes may write at once. */
function stillMade(): Map<string, Map<string, Made>> {
  const places = new Map<string, Map<string, Made>>();
  for (const { where, made, gone } of readLines()) {
    const there = places.get(where) ?? new Map<string, Made>();
    places.set(where, there);
    if (made !== undefined) there.set(nameOf(made), made);
    if (gone !== undefined) there.delete(nameOf(gone));
  }
  return places;
}

function nameOf({ topic, subscription }: Made): string {
  return subscription === undefined ? `topic ${topic}` : `subscription ${subscription}`;
}

/** A broker that lives in this process takes its topics with it. */
function append({ broker, kafka }: Config, lines: readonly Line[]): void {
  if (broker === 'memory' || kafka.embedded || lines.length === 0) return;
  makeFolder(dirname(listPath()));
  appendFileSync(listPath(), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function readLines(): Line[] {
  let text: string;
  try {
    text = readFileSync(listPath(), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const result = checkedJson(lineSchema, line);
    // The end of the file, a line that was cut off by a crash, or one that another program wrote.
    return 'value' in result ? [result.value] : [];
  });
}

function listPath(): string {
  return join(dataFolder(), 'made.ndjson');
}

function whereOf({ broker, kafka, pubsub }: Config, env: NodeJS.ProcessEnv = process.env): string {
  if (broker === 'kafka') {
    const servers = kafka.properties['bootstrap.servers'] ?? 'localhost:9092';
    return `kafka ${servers.split(',').sort().join()}`;
  }
  const project = pubsub.project ?? env['GOOGLE_CLOUD_PROJECT'] ?? '';
  return `pubsub ${env['PUBSUB_EMULATOR_HOST'] ?? 'google'} ${project}`;
}
