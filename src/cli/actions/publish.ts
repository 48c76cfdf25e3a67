import { FASHION_MNIST } from '../../core/model-shape';
import type { PictureSize } from '../../core/picture';
import type { Command } from 'commander';
import type { PublishFormat } from '../../publishing/formats';
import type { FileReport } from '../../publishing/file-publisher';
import { publishImages } from '../../publishing/image-publisher';
import { looksLikeReference, parseReference } from '../../references/parse-reference';
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
import { readImageFile } from '../../dataset/image-file';
import { startCounter } from '../counter';
import { EXIT } from '../exit';
import { publishImageFiles } from '../publish-image-files';
import { packageVersion } from '../version';

interface PublishOptions {
  readonly images?: readonly string[];
  readonly limit?: number;
  readonly shape?: PictureSize;
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

/** Files in memory. */
const MOST_AT_ONCE = 16;

export async function publish(
  files: readonly string[],
  options: PublishOptions,
  command: Command,
): Promise<void> {
  assertOneSource(files, options, command);
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
      const { published, skipped } = await publishSource(sink, topic, files, options, signal);
      process.stdout.write(`published ${counted(published)} to ${topic}${skippedText(skipped)}\n`);
      if (skipped > 0) process.exitCode = EXIT.failure;
    } finally {
      await sink.close();
      await tracing.close();
    }
  });
}

/** Throws USAGE for flags of another source of images. */
function assertOneSource(
  files: readonly string[],
  { images, limit, shape, start }: PublishOptions,
  command: Command,
): void {
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  const ofDataset = ['split', 'start', 'end', 'format', 'withTruth', 'dataDir'].find(given);
  const problem =
    (images !== undefined && files.length > 0 && 'name the files either with --images or without it') ||
    (images !== undefined &&
      ofDataset !== undefined &&
      `--${ofDataset.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for dataset images; omit it with --images`) ||
    (shape !== undefined && files.length === 0 && '--shape is for raw files; name some') ||
    (images === undefined && limit !== undefined && `--limit needs --images; use --end ${start + limit}`);
  if (problem) throw new StreamInferError('USAGE', problem);
}

async function publishSource(
  sink: MessageSink,
  topic: string,
  files: readonly string[],
  options: PublishOptions,
  signal: AbortSignal,
): Promise<FileReport> {
  const { images } = options;
  if (images !== undefined) return await publishImageFiles({ ...options, images, sink, topic, signal });
  const published =
    files.length > 0
      ? await publishChecked(sink, topic, files, options.shape)
      : await publishSlice(sink, topic, options, signal);
  return { published, skipped: 0 };
}

function counted(images: number): string {
  return `${images} ${images === 1 ? 'image' : 'images'}`;
}

function skippedText(skipped: number): string {
  return skipped === 0 ? '' : `; skipped ${skipped} ${skipped === 1 ? 'file' : 'files'}`;
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
  const bar = startCounter('images', loop ? undefined : end - start);
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
      onProgress: bar.update,
    });
  } finally {
    bar.stop();
  }
}

async function loadImages({ split, dataDir }: PublishOptions, signal: AbortSignal): Promise<ImageSet> {
  if (split === 'train') return await loadFashionMnist('train', { dataDir, download: true, signal });
  return await loadDemoImages({ dataDir, signal });
}

/** All files are checked before the first is published. */
async function publishChecked(
  sink: MessageSink,
  topic: string,
  files: readonly string[],
  size?: PictureSize,
): Promise<number> {
  const toMessage = (file: string) => readMessage(file, size);
  for (const file of files) await toMessage(file);
  for (let at = 0; at < files.length; at += MOST_AT_ONCE) {
    const some = files.slice(at, at + MOST_AT_ONCE);
    const [refused] = await sink.publish(topic, await Promise.all(some.map(toMessage)));
    if (refused)
      throw new StreamInferError(
        'PUBLISH_FAILED',
        `the broker rejected ${some[refused.index]}: ${refused.reason}`,
      );
  }
  return files.length;
}

/** Rejects a file that the consumers would reject, so that the error is visible here. An address stays one. */
async function readMessage(file: string, size: PictureSize | undefined): Promise<OutgoingMessage> {
  if (looksLikeReference(file)) return toReferenceMessage(file);
  const value = await readImageFile(file);
  const found = createInspection(Infinity, { ...FASHION_MNIST, ...size })({ value, headers: [] });
  if (typeof found === 'object')
    throw new StreamInferError(
      found.code,
      `${file}: ${found.message}; the size of raw pixels is set by --shape`,
    );
  return { key: null, value, headers: [['file', file]] };
}

/** The consumers fetch the image, from the places that they allow. */
function toReferenceMessage(text: string): OutgoingMessage {
  const reference = parseReference(text);
  if ('code' in reference) throw new StreamInferError(reference.code, reference.message);
  return { key: null, value: Buffer.from(text), headers: [['content-type', 'text/uri-list']] };
}
