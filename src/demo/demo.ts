import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import type { Broker, Log, PartitionLag } from '../core/ports';
import { loadDemoImages } from '../dataset/fashion-mnist';
import { publishInvalidSamples } from './invalid-samples';
import { RetryingSink } from './retrying-sink';
import { publishImages } from '../publishing/image-publisher';
import type { Tracing } from '../telemetry/tracing/tracing';

/** The publisher pauses above this many unread messages, because the embedded broker drops data beyond 5 MiB. */
const MOST_UNREAD = 1_000;

export interface DemoOptions {
  readonly broker: Broker;
  readonly config: Config;
  readonly tracing: Tracing;
  readonly log: Log;
  readonly lag: () => readonly PartitionLag[];
}

/**
 * Publishes shuffled test images with their true class in a loop until closed, mixed with invalid samples as set by
 * `demo.badShare`. Retries through outages of the broker.
 */
export async function startDemo({
  broker,
  config,
  tracing,
  log,
  lag,
}: DemoOptions): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  const images = await loadDemoImages(config.dataDir === undefined ? {} : { dataDir: config.dataDir });
  const sink = tracing.publisher(broker.createSink(), config.broker);
  await sink.open(stop.signal);
  const { rate, badShare } = config.demo;
  const common = {
    sink: new RetryingSink(sink, log, stop.signal),
    topic: config.input.topic,
    signal: stop.signal,
    waitForRoom: async () => {
      while (unread(lag()) > MOST_UNREAD && !stop.signal.aborted) await sleep(100);
    },
  };
  const publishing = publishImages({
    ...common,
    images,
    start: 0,
    end: images.size,
    rate,
    loop: true,
    shuffle: true,
    withTruth: true,
  });
  const invalidSamples = badShare === 0 ? null : publishInvalidSamples({ ...common, rate: rate * badShare });
  const done = Promise.all([publishing, invalidSamples]).catch((error: unknown) =>
    log.error({ error: messageOf(error) }, 'demo publisher failed; no more demo images'),
  );
  log.info({ images: images.size, rate }, 'demo publisher started');
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
