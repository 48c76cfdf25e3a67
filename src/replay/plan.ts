import { createHash } from 'node:crypto';
import { readsBySubscription } from '../config/broker';
import type { Config } from '../config/schema';
import { deadLetterTopic } from '../config/topics';
import { StreamInferError } from '../core/errors';
import { describePosition, type ScanRange } from '../core/scan-range';

/** Choices of the user; the rest follows from the model and the range. */
export interface ReplayWishes {
  readonly range: ScanRange;
  readonly group?: string | undefined;
  readonly sideTopic?: string | undefined;
  readonly sideDlq?: string | undefined;
  readonly compareWith?: string | undefined;
}

export interface ReplayPlan {
  readonly range: ScanRange;
  /** Consumer group that keeps the progress. */
  readonly group: string;
  readonly topics: { readonly input: string; readonly output: string; readonly dlq: string };
  /** Topic with the predictions of the other version. */
  readonly compareWith: string;
}

/** Kafka's limit for topic names. */
const LONGEST_NAME = 249;

/** Throws USAGE for Pub/Sub, and if the replay would write to topics of the running system. */
export function planReplay(
  config: Config,
  model: { readonly name: string; readonly version: number },
  wishes: ReplayWishes,
): ReplayPlan {
  if (readsBySubscription(config)) throw notOnPubsub(config, model, wishes.range);
  const suffix = `replay-${model.name}-${model.version}${inPrecision(config)}`;
  const output = wishes.sideTopic ?? `${config.output.topic}.${suffix}`;
  const dlq = wishes.sideDlq ?? `${output}.dlq`;
  const input = config.input.topic;
  const compareWith = wishes.compareWith ?? config.output.topic;
  const group =
    wishes.group ?? `${config.input.group}.${suffix}.${shortHash([input, output, ...rangeKey(wishes)])}`;
  assertApart(config, { output, dlq, compareWith, group });
  return { range: wishes.range, group, topics: { input, output, dlq }, compareWith };
}

/** Replays in different precisions differ; the choice of `auto` is known only after the model is loaded. */
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
      throw usage(`a replay never writes to ${topic}, which the running system uses; choose another topic`);
    if (!/^[A-Za-z0-9._-]+$/.test(topic) || topic.length > LONGEST_NAME)
      throw usage(
        `${topic} is not a valid topic name; choose 1 to 249 letters, digits, dots, dashes and underscores with --side-topic`,
      );
  }
  if (output === dlq)
    throw usage(`${output} cannot hold both predictions and dead letters; choose two topics`);
  if (compareWith === output)
    throw usage(
      `--compare-with ${compareWith}: this replay writes to that topic; choose the topic of the other version`,
    );
  if (group === config.input.group)
    throw usage(`--group ${group}: this is the group of the running system; choose another group`);
}

function rangeKey({ range: { from, to } }: ReplayWishes): string[] {
  return [describePosition(from), describePosition(to)];
}

function shortHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
}

/**
 * A subscription can seek to a time, but only if the topic or the subscription retained its messages. These settings
 * belong to the project; this program does not change them.
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
      'replay needs offsets, which Pub/Sub does not have; instead, seek a separate subscription to a time, ' +
        'if the topic retained its messages (at most 31 days):',
      `  gcloud pubsub topics update ${input.topic} --message-retention-duration=7d${project}      # in advance; retains messages published from then on`,
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
