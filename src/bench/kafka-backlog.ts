import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { TopicEnds } from '../brokers/kafka/topic-ends';
import { StreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import { kafkaSettings } from '../setup/connect';
import type { NativeCost } from './floor';
import type { FloorTask } from './floor-child';
import { brokerProcesses } from './listeners';
import type { Backlog } from './environment';

const FLOOR_TIMEOUT_MS = 600_000;
const CLIENT_ID = 'stream-infer-bench-watch';

/** A real Kafka keeps any load and reports its end offsets; it may run on this machine. */
export function createKafkaBacklog(broker: Broker): Backlog {
  return {
    broker,
    async watch(config) {
      const topics = [config.output.topic, config.output.dlq as string];
      const ends = await TopicEnds.open(kafkaSettings(config), CLIENT_ID, topics);
      return {
        written: () => ends.count(),
        pids: await brokerProcesses(ends.brokers),
        close: () => ends.close(),
      };
    },
    async measureNative(config, task, signal) {
      const [settings, { input, output }] = [kafkaSettings(config), config];
      const ends = await TopicEnds.open(settings, CLIENT_ID, [input.topic]);
      try {
        const brokers = await brokerProcesses(ends.brokers);
        return await measureNative(
          { ...task, settings, brokers, input: input.topic, output: output.topic },
          signal,
        );
      } finally {
        await ends.close();
      }
    },
  };
}

/** Measures in a separate process, so that no thread of this one is counted. */
async function measureNative(task: FloorTask, signal: AbortSignal): Promise<NativeCost> {
  const child = spawn(process.execPath, [join(__dirname, 'floor-child.js')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: FLOOR_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  try {
    child.stdin.on('error', () => undefined).end(JSON.stringify(task));
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      exitOf(child),
    ]);
    if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
    if (code !== 0) throw new StreamInferError('INTERNAL', `the floor could not be measured:\n${stderr}`);
    return JSON.parse(stdout) as NativeCost;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
