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
  /** Consumer group that keeps the progress; Pub/Sub has none. */
  readonly group: string;
  readonly topics: { readonly input: string; readonly output: string; readonly dlq: string };
  /** Topic with the predictions of the other version. */
  readonly compareWith: string;
}

/** Kafka's limit for topic names. */
const LONGEST_NAME = 249;

/** Throws USAGE for a range that the broker does not have, and if the replay would touch the running system. */
export function planReplay(
  config: Config,
  model: { readonly name: string; readonly version: number },
  wishes: ReplayWishes,
): ReplayPlan {
  const suffix = `replay-${model.name}-${model.version}${inPrecision(config)}`;
  const output = wishes.sideTopic ?? `${config.output.topic}.${suffix}`;
  const dlq = wishes.sideDlq ?? `${output}.dlq`;
  const input = config.input.topic;
  const compareWith = wishes.compareWith ?? config.output.topic;
  const group =
    wishes.group ?? `${config.input.group}.${suffix}.${shortHash([input, output, ...rangeKey(wishes)])}`;
  assertApart(config, { output, dlq, compareWith, group });
  if (readsBySubscription(config)) assertOnPubsub(wishes);
  else if (wishes.range.from.at === 'snapshot')
    throw usage('--from: only Pub/Sub has snapshots; choose a time, an age or an offset');
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

/** Pub/Sub has neither offsets nor groups. */
function assertOnPubsub({ range: { from, to }, group }: ReplayWishes): void {
  for (const [flag, position] of [
    ['--from', from],
    ['--to', to],
  ] as const)
    if (position.at === 'offset' || position.at === 'offsets')
      throw usage(`${flag} ${describePosition(position)}: Pub/Sub has no offsets; choose a time or an age`);
  if (from.at === 'end') throw usage('--from latest: nothing is replayed; choose a time, an age or earliest');
  if (to.at === 'beginning') throw usage('--to earliest: nothing is replayed; choose a time or an age');
  if (from.at === 'time' && to.at === 'time' && to.ms <= from.ms)
    throw usage(`--to ${describePosition(to)} is not later than --from ${describePosition(from)}`);
  if (group !== undefined)
    throw usage(`--group ${group}: a replay on Pub/Sub keeps no progress, and has no group; omit it`);
}

function usage(message: string): StreamInferError {
  return new StreamInferError('USAGE', message);
}
