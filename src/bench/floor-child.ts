/** Entry of a process that only consumes and produces. It reads its task from stdin and writes its figures to stdout. */
import { runNativeLoop } from '../brokers/kafka/native-loop';
import type { KafkaSettings } from '../brokers/kafka/settings';
import type { NativeCost } from './floor';
import { cpuBetween, markOf, type ResourceMark } from './resources';
import { WarmUpWatch } from './warm-up';

export interface FloorTask {
  readonly settings: KafkaSettings;
  readonly input: string;
  readonly output: string;
  /** Real predictions, base64; the broker client would compress repeated dummy values. */
  readonly values: readonly string[];
  readonly count: number;
  readonly warmUp: number;
  /** null if unknown. */
  readonly brokers: readonly number[] | null;
}

interface Moment {
  readonly done: number;
  readonly client: ResourceMark;
  readonly broker: ResourceMark;
}

async function measure(task: FloorTask): Promise<NativeCost> {
  const watch = new WarmUpWatch(task.warmUp);
  /** The end of the warm-up and the end of the run. */
  const moments: Moment[] = [];
  await runNativeLoop({
    ...task,
    values: task.values.map((value) => Buffer.from(value, 'base64')),
    onProgress: (done) => {
      const isEnd = done === task.count;
      if (isEnd || (moments.length === 0 && watch.isOver(done))) moments.push(momentOf(done, task));
    },
  });
  return costBetween(moments[0] as Moment, moments.at(-1) as Moment);
}

function momentOf(done: number, { brokers }: FloorTask): Moment {
  return { done, client: markOf([process.pid]), broker: markOf(brokers ?? []) };
}

function costBetween(from: Moment, to: Moment): NativeCost {
  const messages = to.done - from.done;
  return {
    client: cpuBetween(from.client, to.client, messages),
    broker: cpuBetween(from.broker, to.broker, messages)?.total ?? null,
    messagesPerSecond: messages / ((to.client.at - from.client.at) / 1000),
    messages,
  };
}

async function readTask(): Promise<FloorTask> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as FloorTask;
}

void readTask()
  .then(measure)
  .then((cost) => process.stdout.write(JSON.stringify(cost)));
