import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import type { PublishFormat } from '../../publishing/formats';
import { publishImages } from '../../publishing/image-publisher';
import { createsTopics, topicsOf } from '../../setup/topics';
import { createTopics } from '../../setup/resource-ledger';
import { createInspection } from '../../setup/inspection';
import { startTracing } from '../../telemetry/tracing/start-tracing';
import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { MessageSink } from '../../core/ports';
import { loadDemoImages, loadFashionMnist } from '../../dataset/fashion-mnist';
import type { ImageSet } from '../../dataset/image-set';
import { configFrom } from '../config-from';
import { withConnection } from '../connection';
import { readImageFile } from '../image-file';
import { packageVersion } from '../version';

interface PublishOptions {
  readonly topic?: string;
  readonly split: 'test' | 'train';
  readonly start: number;
  readonly end?: number;
  readonly rate?: number;
  readonly loop?: boolean;
  readonly shuffle?: boolean;
  readonly format: PublishFormat;
  readonly withTruth?: boolean;
  readonly dataDir?: string;
  readonly createTopics?: boolean;
}

export async function publish(
  files: readonly string[],
  options: PublishOptions,
  command: Command,
): Promise<void> {
  const loaded = configFrom(command, 'broker', options.createTopics ? { createTopics: true } : {});
  const topic = options.topic ?? loaded.config.input.topic;
  await withConnection(loaded.config, async ({ broker, instanceId, log, signal }) => {
    if (createsTopics(loaded.config))
      await createTopics(broker, loaded.config, topicsOf(loaded.config), log, signal);
    const version = packageVersion();
    const tracing = await startTracing({ version, instanceId, log, env: process.env });
    const sink = tracing.publisher(broker.createSink(), loaded.config.broker);
    try {
      await sink.open(signal);
      const published =
        files.length > 0
          ? await publishFiles(sink, topic, files)
          : await publishSlice(sink, topic, options, signal);
      process.stdout.write(`published ${published} ${published === 1 ? 'image' : 'images'} to ${topic}\n`);
    } finally {
      await sink.close();
      await tracing.close();
    }
  });
}

async function publishSlice(
  sink: MessageSink,
  topic: string,
  options: PublishOptions,
  signal: AbortSignal,
): Promise<number> {
  const images = await loadImages(options, signal);
  const { start, rate, loop, shuffle, format, withTruth } = options;
  const end = options.end ?? Math.min(start + 100, images.size);
  const bar = startBar(loop ? 0 : end - start);
  try {
    return await publishImages({
      sink,
      topic,
      images,
      start,
      end,
      rate,
      loop,
      shuffle,
      format,
      withTruth,
      signal,
      onProgress: (published) => bar?.update(published),
    });
  } finally {
    bar?.stop();
  }
}

async function loadImages({ split, dataDir }: PublishOptions, signal: AbortSignal): Promise<ImageSet> {
  if (split === 'train') return await loadFashionMnist('train', { dataDir, download: true, signal });
  return await loadDemoImages({ dataDir, signal });
}

/** Only on a terminal, and only with a known end. */
function startBar(total: number): SingleBar | undefined {
  if (!process.stderr.isTTY || total === 0) return undefined;
  const bar = new SingleBar({
    format: '{bar} {value}/{total} images  {eta_formatted} left',
    stream: process.stderr,
  });
  bar.start(total, 0);
  return bar;
}

async function publishFiles(sink: MessageSink, topic: string, files: readonly string[]): Promise<number> {
  const messages = await Promise.all(files.map(toMessage));
  const [refused] = await sink.publish(topic, messages);
  if (refused)
    throw new StreamInferError(
      'PUBLISH_FAILED',
      `the broker rejected ${files[refused.index]}: ${refused.reason}`,
    );
  return messages.length;
}

/** Rejects a file that the consumers would reject, so that the error is visible here. */
async function toMessage(file: string): Promise<OutgoingMessage> {
  const value = await readImageFile(file);
  const found = createInspection(Infinity)({ value, headers: [] });
  if (typeof found === 'object') throw new StreamInferError(found.code, `${file}: ${found.message}`);
  return { key: null, value, headers: [['file', file]] };
}
