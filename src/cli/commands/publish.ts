import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { PUBLISH_FORMATS, publishImages, type PublishFormat } from '../../publishing/image-publisher';
import { createsTopics, topicsOf } from '../../setup/topics';
import { createTopics } from '../../setup/resource-ledger';
import { createInspection } from '../../setup/inspection';
import { startTracing } from '../../telemetry/tracing/start-tracing';
import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { MessageSink } from '../../core/ports';
import { loadDemoImages, loadFashionMnist } from '../../dataset/fashion-mnist';
import type { ImageSet } from '../../dataset/image-set';
import { positiveNumber, wholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
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
}

export function publishCommand(): Command {
  const command = new Command('publish')
    .description('Publish Fashion-MNIST images, or image files of your own, to the input topic.')
    .argument('[files...]', 'PNG, JPEG or WebP files to publish instead of dataset images')
    .option('--topic <name>', 'topic to publish to (default: the input topic)')
    .addOption(new Option('--split <name>', 'which images').choices(['test', 'train']).default('test'))
    .option('--start <n>', 'first image, included', wholeNumber, 0)
    .option('--end <n>', 'last image, not included (default: start + 100)', wholeNumber)
    .option('--rate <n>', 'images a second (default: as fast as the broker takes them)', positiveNumber)
    .option('--loop', 'begin again at start, until stopped')
    .option('--shuffle', 'in random order')
    .addOption(
      new Option('--format <name>', 'how an image is put into a message')
        .choices(PUBLISH_FORMATS)
        .default('raw'),
    )
    .option('--with-truth', 'send the true class along, so that predictions say whether they are right')
    .option('--data-dir <dir>', 'folder with the Fashion-MNIST files')
    .option('--create-topics', 'make the topics first');
  addConfigFlags(command, 'broker');
  return command
    .addHelpText(
      'after',
      `
start is included and end is not, as in a slice: --start 0 --end 100 publishes 100 images.

Examples:
  $ stream-infer publish --broker kafka --start 0 --end 100 --with-truth
  $ stream-infer publish --broker pubsub --loop --rate 50 --shuffle
  $ stream-infer publish --broker kafka shirt.png boot.jpg`,
    )
    .action(async (files: string[], options: PublishOptions & { createTopics?: boolean }) => {
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
          process.stdout.write(
            `published ${published} ${published === 1 ? 'image' : 'images'} to ${topic}\n`,
          );
        } finally {
          await sink.close();
          await tracing.close();
        }
      });
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

/** Only on a terminal, and only where the end is known. */
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
      `the broker refuses ${files[refused.index]}: ${refused.reason}`,
    );
  return messages.length;
}

/** A file that the consumers would refuse is refused here, where somebody sees it. */
async function toMessage(file: string): Promise<OutgoingMessage> {
  const value = await readImageFile(file);
  const found = createInspection(Infinity)({ value, headers: [] });
  if (typeof found === 'object') throw new StreamInferError(found.code, `${file}: ${found.message}`);
  return { key: null, value, headers: [['file', file]] };
}
