import { recognise } from '../codec/signatures';
import { StreamInferError, messageOf } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { MessageSink } from '../core/ports';
import { readImageFile, type ImageFile } from '../dataset/image-file';
import { Pace } from './pace';
import { shuffled } from './shuffled';

/** How picture files are put into messages: their own bytes, a few at a time. */

export interface FilePublication {
  readonly sink: Pick<MessageSink, 'publish'>;
  readonly topic: string;
  /** Called once for each round. */
  readonly files: () => AsyncIterable<ImageFile>;
  /** Images per second; as fast as the broker accepts them if absent. */
  readonly rate?: number | undefined;
  /** Restarts with the first file until `signal` aborts. */
  readonly loop?: boolean | undefined;
  /** Random order within windows of `SHUFFLE_WINDOW` files. */
  readonly shuffle?: boolean | undefined;
  /** Ends after this many images. */
  readonly limit?: number | undefined;
  readonly signal: AbortSignal;
  /** Called after each confirmed batch with the number of images so far. */
  readonly onProgress?: ((published: number) => void) | undefined;
  /** A file that is not an image, cannot be read or is too large for the broker is skipped. */
  readonly onSkipped: (file: ImageFile, reason: string) => void;
}

export interface FileReport {
  readonly published: number;
  readonly skipped: number;
}

const MOST_PER_PUBLISH = 64;
/** A batch ends with the file that reaches this. */
const MOST_BYTES_PER_PUBLISH = 8 << 20;
export const SHUFFLE_WINDOW = 10_000;
/** Characters of a header. */
const MOST_HEADER = 255;

/** Publishes the files; an abort takes effect between batches. A round without an image ends a loop. */
export async function publishFiles(publication: FilePublication): Promise<FileReport> {
  const { files, loop, shuffle, signal } = publication;
  const run = new FileRun(publication);
  let before: number;
  do {
    before = run.published;
    const round = shuffle ? shuffled(files(), SHUFFLE_WINDOW) : files();
    await run.publish(round[Symbol.asyncIterator]());
  } while (loop && !signal.aborted && !run.isComplete && run.published > before);
  return { published: run.published, skipped: run.skipped };
}

class FileRun {
  published = 0;
  skipped = 0;
  readonly #pace: Pace;
  readonly #limit: number;

  constructor(private readonly publication: FilePublication) {
    this.#pace = new Pace(publication.rate);
    this.#limit = publication.limit ?? Infinity;
  }

  get isComplete(): boolean {
    return this.published >= this.#limit;
  }

  async publish(round: AsyncIterator<ImageFile>): Promise<void> {
    const { signal, onProgress } = this.publication;
    while (!signal.aborted && !this.isComplete) {
      const due = await this.#pace.due(Math.min(MOST_PER_PUBLISH, this.#limit - this.published), signal);
      const batch = await this.#read(round, due);
      if (batch.length === 0) break;
      const accepted = batch.length - (await this.#send(batch));
      this.#pace.published(batch.length);
      this.published += accepted;
      onProgress?.(this.published);
    }
    await round.return?.();
  }

  async #read(round: AsyncIterator<ImageFile>, most: number): Promise<Ready[]> {
    const batch: Ready[] = [];
    let bytes = 0;
    while (batch.length < most && bytes < MOST_BYTES_PER_PUBLISH && !this.publication.signal.aborted) {
      const next = await round.next();
      if (next.done === true) break;
      const message = await this.#toMessage(next.value);
      if (message === undefined) continue;
      bytes += message.value?.length ?? 0;
      batch.push({ file: next.value, message });
    }
    return batch;
  }

  /** Resolves with the number of refused messages. */
  async #send(batch: readonly Ready[]): Promise<number> {
    const { sink, topic } = this.publication;
    const refused = await sink.publish(
      topic,
      batch.map(({ message }) => message),
    );
    for (const { index, reason } of refused) this.#skip((batch[index] as Ready).file, reason);
    return refused.length;
  }

  async #toMessage(file: ImageFile): Promise<OutgoingMessage | undefined> {
    try {
      return toMessage(file, await readImageFile(file.path));
    } catch (error) {
      this.#skip(file, messageOf(error));
      return undefined;
    }
  }

  #skip(file: ImageFile, reason: string): void {
    this.skipped++;
    this.publication.onSkipped(file, reason);
  }
}

interface Ready {
  readonly file: ImageFile;
  readonly message: OutgoingMessage;
}

/** Throws UNSUPPORTED_FORMAT: the consumers would turn the message into a dead letter. */
function toMessage({ path, name, className }: ImageFile, value: Buffer): OutgoingMessage {
  const signature = recognise(value);
  if (signature?.format === undefined) {
    const found = signature === undefined ? 'not an image' : `a ${signature.name} file`;
    throw new StreamInferError('UNSUPPORTED_FORMAT', `${path} is ${found}; PNG, JPEG and WebP are published`);
  }
  return {
    key: null,
    value,
    headers: [
      ['content-type', `image/${signature.format}`],
      ['file', shortened(name)],
      ...(className === undefined ? [] : ([['label', shortened(className)]] as const)),
    ],
  };
}

/** Pub/Sub takes 1024 bytes; the end of a path is more specific than its beginning. */
function shortened(text: string): string {
  return text.length <= MOST_HEADER ? text : `…${text.slice(1 - MOST_HEADER)}`;
}
