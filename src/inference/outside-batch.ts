import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { decodeEnvelope } from '../codec/decode-envelope';
import { decodeItem } from '../codec/decode-item';
import { detectFormat } from '../codec/detect-format';
import type { PredictionWriter } from '../codec/prediction-writer';
import type { RejectionCode } from '../core/errors';
import { formatCode, fromFormatCode, type ImageFormat, type InvertMode } from '../core/image';
import { bytesPerImage, type ModelShape } from '../core/model-shape';
import type { PackedBatch } from '../core/classification';
import { sumPixels } from './pixel-sums';
import type { BatchReply, RefusedItem } from './protocol';
import { Gathered, toReply, withPredictions } from './worker-batch';

/** The main thread decodes for at most this time at once, ms. */
const LONGEST_TURN_MS = 8;

/** An image as its producer sent it; for an image in a JSON envelope, the file or the pixels in it. */
export interface SentImage {
  readonly bytes: Uint8Array;
  /** `image/png`, `image/jpeg`, `image/webp`, or `application/octet-stream` for raw pixels. */
  readonly contentType: string;
}

/** An image for a model that does not run in a worker. */
export interface OutsideImage {
  /** height × width × channels. */
  readonly pixels: Uint8Array;
  /** Opens an envelope again, so it is called only where it is needed. */
  sent(): SentImage;
}

/** Pixels that came without a file. */
export function rawImage(pixels: Uint8Array): OutsideImage {
  return { pixels, sent: () => ({ bytes: pixels, contentType: contentTypeOf('raw') }) };
}

export interface RefusedImage {
  readonly code: RejectionCode;
  readonly message: string;
  readonly attempts: number;
}

export interface OutsideAnswer {
  /** n × classes; the rows of refused images have no meaning. */
  readonly scores: Float32Array<ArrayBuffer>;
  /** By position. */
  readonly refused: ReadonlyMap<number, RefusedImage>;
  /** Part of the time that was spent waiting for the model to be available, ms. */
  readonly waitedMs: number;
}

/** A model that is called from the main thread: a function of the program, or a server. */
export interface OutsideModel {
  readonly invert: InvertMode;
  readonly shape: ModelShape;
  readonly writer: PredictionWriter;
  classify(images: readonly OutsideImage[], batch: PackedBatch): Promise<OutsideAnswer>;
}

/** Like `runBatch`, on the main thread: files are decoded in other threads, and the event loop continues meanwhile. */
export async function runOutside(
  model: OutsideModel,
  batch: PackedBatch,
  startOfClock: number,
): Promise<BatchReply> {
  const started = performance.now();
  const { shape } = model;
  const gathered = new Gathered(batch.size, shape);
  const images = await decodeAll(model, batch, gathered);
  const probabilities = new Float32Array(batch.size * shape.labels.length);
  const waitedMs =
    images.length === 0 ? 0 : await classifyInto(probabilities, model, batch, images, gathered);
  const sums = sumPixels(gathered.pixels, images.length, gathered.imageBytes);
  const reply = toReply(probabilities, gathered, sums, started + waitedMs);
  return withPredictions(model.writer, batch, reply, startOfClock);
}

async function decodeAll(
  { invert, shape }: OutsideModel,
  batch: PackedBatch,
  gathered: Gathered,
): Promise<OutsideImage[]> {
  const images: OutsideImage[] = [];
  let since = performance.now();
  for (let i = 0; i < batch.size; i++) {
    const bytes = batch.bytes.subarray(batch.offsets[i], batch.offsets[i + 1]);
    const { format, invert: own } = fromFormatCode(batch.formats[i] ?? formatCode('raw'));
    const decoding = decodeItem(bytes, format, { invert: own ?? invert, shape, inThread: true });
    const outcome = 'then' in decoding ? await decoding : decoding;
    gathered.add(i, outcome, format === 'raw');
    if ('pixels' in outcome)
      images.push({ pixels: outcome.pixels, sent: () => sentImage(bytes, format, shape) });
    if (performance.now() - since < LONGEST_TURN_MS) continue;
    await turnOfTheLoop();
    since = performance.now();
  }
  return images;
}

/** Returns the time spent waiting, ms. */
async function classifyInto(
  probabilities: Float32Array,
  model: OutsideModel,
  batch: PackedBatch,
  images: readonly OutsideImage[],
  { indices, refused }: Gathered,
): Promise<number> {
  const classes = model.shape.labels.length;
  const answer = await model.classify(images, batch);
  for (const [slot, index] of indices.entries()) {
    const refusal = answer.refused.get(slot);
    if (refusal === undefined)
      probabilities.set(answer.scores.subarray(slot * classes, (slot + 1) * classes), index * classes);
    else refused.push({ index, ...refusal } satisfies RefusedItem);
  }
  return answer.waitedMs;
}

function sentImage(bytes: Uint8Array, format: ImageFormat, shape: ModelShape): SentImage {
  if (format !== 'json' && format !== 'cloudevent') return { bytes, contentType: contentTypeOf(format) };
  const { image } = decodeEnvelope(bytes, shape);
  const inside = detectFormat(image, undefined, bytesPerImage(shape));
  return { bytes: image, contentType: contentTypeOf(typeof inside === 'string' ? inside : 'raw') };
}

function contentTypeOf(format: ImageFormat): string {
  return format === 'raw' ? 'application/octet-stream' : `image/${format}`;
}
