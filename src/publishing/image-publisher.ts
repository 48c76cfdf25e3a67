import { encodeImage } from '../codec/encode-image';
import { StreamInferError } from '../core/errors';
import { IMAGE_PIXELS } from '../core/image';
import type { Header, OutgoingMessage } from '../core/message';
import type { MessageSink } from '../core/ports';
import type { ImageSet } from '../dataset/image-set';
import type { PublishFormat } from './formats';
import { Pace } from './pace';

/** How images are put into messages. */

export interface ImagePublication {
  readonly sink: Pick<MessageSink, 'publish'>;
  readonly topic: string;
  readonly images: ImageSet;
  /** First image, included. */
  readonly start: number;
  /** Last image, not included. */
  readonly end: number;
  /** Images per second; as fast as the broker accepts them if absent. */
  readonly rate?: number | undefined;
  /** Restarts at `start` until `signal` aborts. */
  readonly loop?: boolean | undefined;
  readonly shuffle?: boolean | undefined;
  readonly format?: PublishFormat | undefined;
  /** Adds the true class as the `label` header. */
  readonly withTruth?: boolean | undefined;
  /** Further headers of each message. */
  readonly headers?: readonly Header[] | undefined;
  readonly signal: AbortSignal;
  /** Called after each confirmed batch with the number of images so far. */
  readonly onProgress?: ((published: number) => void) | undefined;
  /** Awaited before each batch, for back-pressure. */
  readonly waitForRoom?: (() => Promise<void>) | undefined;
}

const MOST_PER_PUBLISH = 500;

/** Publishes the images and resolves with their number; an abort takes effect between batches. */
export async function publishImages(publication: ImagePublication): Promise<number> {
  const { start, end, images, signal, loop } = publication;
  assertRange(start, end, images.size, images.split);
  const pace = new Pace(publication.rate);
  let published = 0;
  do {
    for (const indices of chunks(orderOf(start, end, publication.shuffle ?? false))) {
      let sent = 0;
      while (sent < indices.length && !signal.aborted) {
        await publication.waitForRoom?.();
        const due = await pace.due(indices.length - sent, signal);
        const batch = await Promise.all(
          indices.slice(sent, sent + due).map((index) => toMessage(publication, index)),
        );
        await publishOrThrow(publication, batch);
        pace.published(batch.length);
        sent += batch.length;
        published += batch.length;
        publication.onProgress?.(published);
      }
    }
  } while (loop && !signal.aborted);
  return published;
}

/** Throws BAD_REQUEST with the range and the size of the split. */
export function assertRange(start: number, end: number, size: number, split: string): void {
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= size) return;
  throw new StreamInferError(
    'BAD_REQUEST',
    `start ${start} to end ${end} is not a range of the ${split} images; choose 0 ≤ start < end ≤ ${size} (end is exclusive)`,
  );
}

async function publishOrThrow({ sink, topic }: ImagePublication, batch: OutgoingMessage[]): Promise<void> {
  const [refused] = await sink.publish(topic, batch);
  if (refused)
    throw new StreamInferError('PUBLISH_FAILED', `the broker rejected an image: ${refused.reason}`);
}

function orderOf(start: number, end: number, shuffle: boolean): number[] {
  const order = Array.from({ length: end - start }, (_, i) => start + i);
  if (!shuffle) return order;
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

function* chunks(order: readonly number[]): Generator<number[]> {
  for (let at = 0; at < order.length; at += MOST_PER_PUBLISH) yield order.slice(at, at + MOST_PER_PUBLISH);
}

async function toMessage(publication: ImagePublication, index: number): Promise<OutgoingMessage> {
  const { images, format = 'raw' } = publication;
  const pixels = Buffer.from(
    images.pixels.buffer,
    images.pixels.byteOffset + index * IMAGE_PIXELS,
    IMAGE_PIXELS,
  );
  const { value, contentType } = await encodeImage(pixels, format);
  const original = images.indices?.[index] ?? index;
  return {
    key: null,
    value,
    headers: [
      ['content-type', contentType],
      ['dataset', 'fashion-mnist'],
      ['split', images.split === 'samples' ? 'test' : images.split],
      ['index', String(original)],
      ...(publication.withTruth ? ([['label', String(images.labels[index])]] as const) : []),
      ...(publication.headers ?? []),
    ],
  };
}
