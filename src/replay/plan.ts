import { createHash } from 'node:crypto';
import type { Config } from '../config/schema';
import { deadLetterTopic } from '../config/topics';
import { StreamInferError } from '../core/errors';
import { describePosition, type ScanRange } from '../core/scan-range';

/** What a user may say; the rest follows from the model and the range. */
export interface ReplayWishes {
  readonly range: ScanRange;
  readonly group?: string | undefined;
  readonly sideTopic?: string | undefined;
  readonly sideDlq?: string | undefined;
  readonly compareWith?: string | undefined;
}

export interface ReplayPlan {
  readonly range: ScanRange;
  /** Remembers what was replayed. */
  readonly group: string;
  readonly topics: { readonly input: string; readonly output: string; readonly dlq: string };
  /** The topic with the predictions of the other version. */
  readonly compareWith: string;
}

/** Kafka's limit for topics; of a group it leaves room for the rest of the name. */
const LONGEST_NAME = 249;

/** Throws USAGE where a replay would mix with what the running system writes, and on Pub/Sub. */
export function planReplay(
  config: Config,
  model: { readonly name: string; readonly version: number },
  wishes: ReplayWishes,
): ReplayPlan {
  if (config.broker === 'pubsub') throw notOnPubsub(config, model, wishes.range);
  const suffix = `replay-${model.name}-${model.version}${inPrecision(config)}`;
  const output = wishes.sideTopic ?? `${config.output.topic}.${suffix}`;
  const dlq = wishes.sideDlq ?? `${output}.dlq`;
  const input = config.input.topic;
  const compareWith = wishes.compareWith ?? config.output.topic;
  const group =
    wishes.group ?? `${config.input.group}.${suffix}.${shortHash([input, output, ...told(wishes)])}`;
  assertApart(config, { output, dlq, compareWith, group });
  return { range: wishes.range, group, topics: { input, output, dlq }, compareWith };
}

/** Replays in different precisions are different replays; which one `auto` takes is known only when the model is loaded. */
function inPrecision({ inference: { precision } }: Config): string {
  return precision === 'auto' ? '' : `-${precision}`;
}

function assertApart(
  config: Config,
  { output, dlq, compareWith, group }: { output: string; dlq: string; compareWith: string; group: string },
): void {
  const running = [config.input.topic, config.output.topic, deadLetterTopic(config)];
  for (const topic of [output, dlq]) {
    if (running.includes(topic))
      throw usage(`a replay never writes to ${topic}, which the running system uses; name another topic`);
    if (!/^[A-Za-z0-9._-]+$/.test(topic) || topic.length > LONGEST_NAME)
      throw usage(
        `${topic} is no topic name: it has 1 to 249 letters, digits, dots, dashes and underscores; choose one with --side-topic`,
      );
  }
  if (output === dlq) throw usage(`${output} cannot take both predictions and dead letters`);
  if (compareWith === output)
    throw usage(`--compare-with ${compareWith}: that is where this replay writes; name the other topic`);
  if (group === config.input.group)
    throw usage(`--group ${group}: that is the group of the running system, which a replay must not move`);
}

function told({ range: { from, to } }: ReplayWishes): string[] {
  return [describePosition(from), describePosition(to)];
}

function shortHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
}

/**
 * A subscription can be sent back to a time, but only one's own, and only where the topic or the subscription kept its
 * messages; both are settings of the project that this program does not change by itself.
 */
function notOnPubsub(
  { input, pubsub, output }: Config,
  { name, version }: { readonly name: string; readonly version: number },
  { from }: ScanRange,
): StreamInferError {
  const project = pubsub.project === undefined ? '' : ` --project ${pubsub.project}`;
  const subscription = `${input.topic}-replay`;
  const time = from.at === 'time' ? describePosition(from) : '<time>';
  return usage(
    [
      'replay needs offsets, which Pub/Sub does not have. What Pub/Sub can do is send a subscription of its own back to a time, ' +
        'if the topic kept its messages (at most 31 days):',
      `  gcloud pubsub topics update ${input.topic} --message-retention-duration=7d${project}      # beforehand; it keeps what is published from then on`,
      `  gcloud pubsub subscriptions create ${subscription} --topic ${input.topic}${project}`,
      `  gcloud pubsub subscriptions seek ${subscription} --time=${time}${project}`,
      `  stream-infer run --broker pubsub --subscription ${subscription} --model ${name}@${version} ` +
        `--output-topic ${output.topic}-replay --dlq-topic ${output.topic}-replay-dlq --create-topics --no-http --exit-when-idle 1m`,
    ].join('\n'),
  );
}

function usage(message: string): StreamInferError {
  return new StreamInferError('USAGE', message);
}
