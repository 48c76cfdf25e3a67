import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import type { Broker, Log, PartitionLag } from '../core/ports';
import { loadDemoImages } from '../dataset/fashion-mnist';
import { publishImages } from './image-publisher';
import type { Tracing } from './tracing/tracing';

/** The demo publisher waits while more messages than this are unread: the embedded broker drops what is beyond 5 MiB. */
const MOST_UNREAD = 1_000;

export interface DemoParts {
  readonly broker: Broker;
  readonly config: Config;
  readonly tracing: Tracing;
  readonly log: Log;
  readonly lag: () => readonly PartitionLag[];
}

/** Publishes real test images with their true class, shuffled, over and over, until closed. */
export async function startDemo({
  broker,
  config,
  tracing,
  log,
  lag,
}: DemoParts): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  const images = await loadDemoImages(config.dataDir === undefined ? {} : { dataDir: config.dataDir });
  const sink = tracing.publisher(broker.createSink(), config.broker);
  await sink.open(stop.signal);
  const done = publishImages({
    sink,
    topic: config.input.topic,
    images,
    start: 0,
    end: images.size,
    rate: config.demo.rate,
    loop: true,
    shuffle: true,
    withTruth: true,
    signal: stop.signal,
    waitForRoom: async () => {
      while (unread(lag()) > MOST_UNREAD && !stop.signal.aborted) await sleep(100);
    },
  }).catch((error: unknown) => log.error({ error: messageOf(error) }, 'the demo publisher stopped'));
  log.info({ images: images.size, rate: config.demo.rate }, 'demo publisher started');
  return {
    close: async () => {
      stop.abort();
      await done;
      await sink.close();
    },
  };
}

function unread(lag: readonly PartitionLag[]): number {
  return lag.reduce((sum, { messages }) => sum + messages, 0);
}
