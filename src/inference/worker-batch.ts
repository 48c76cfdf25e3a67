import { decodeItem, isRefusal } from '../codec/decode-item';
import type { DecodeOutcome } from '../codec/decode-item';
import type { PixelSums } from '../core/baseline';
import { formatCode, fromFormatCode } from '../core/image';
import type { InvertMode } from '../core/image';
import { bytesPerImage, type ModelShape } from '../core/model-shape';
import { isSmall, thumbnailOf } from '../core/picture';
import type { PredictionWriter } from '../codec/prediction-writer';
import type { PackedBatch } from '../core/classification';
import { CLOCK_START } from './clock';
import { detectObjects, type FoundInBatch } from './detection/in-batch';
import { sumPixels } from './pixel-sums';
import type { BatchReply, DecodedItem, RefusedItem } from './protocol';
import type { ModelRuntime } from './runtimes/runtime';

const RAW = formatCode('raw');

/** A model with its image settings and the writer of its predictions. */
export interface BatchModel {
  readonly runtime: Pick<ModelRuntime, 'predict' | 'detect'>;
  readonly invert: InvertMode;
  readonly shape: ModelShape;
  readonly writer: PredictionWriter;
  /** Whether the model finds objects, instead of classifying whole images. */
  readonly detects?: boolean;
}

/** With the objects that were found, which are only written into the predictions. */
type ClassifiedBatch = BatchReply & { readonly found?: FoundInBatch };

/**
 * Decodes the items that are not raw, classifies all decoded images in one call, and writes the predictions if the batch
 * has columns. Throws the model's errors only.
 *
 * @param startOfClock start of the columns' clock: see `CLOCK_START`
 */
export async function runBatch(
  model: BatchModel,
  batch: PackedBatch,
  startOfClock: number,
): Promise<BatchReply> {
  return withPredictions(model.writer, batch, await classifyBatch(model, batch), startOfClock);
}

/** The reply with its predictions, if the batch has columns. */
export function withPredictions(
  writer: PredictionWriter,
  batch: PackedBatch,
  { found, ...answer }: ClassifiedBatch,
  startOfClock: number,
): BatchReply {
  if (batch.columns === undefined) return answer;
  const inferred = {
    size: batch.size,
    probabilities: answer.probabilities,
    found,
    inferenceMs: answer.inferenceMs,
    envelopes: answer.decoded.length === 0 ? NOTHING_FOUND : new Map(answer.decoded.map(byIndex)),
    refused: answer.refused.length === 0 ? NONE_REFUSED : new Set(answer.refused.map(({ index }) => index)),
  };
  const now = performance.now() + CLOCK_START - startOfClock;
  return { ...answer, predictions: writer.write(batch.columns, inferred, now) };
}

const NOTHING_FOUND: ReadonlyMap<number, DecodedItem> = new Map();
const NONE_REFUSED: ReadonlySet<number> = new Set();

function byIndex(item: DecodedItem): readonly [number, DecodedItem] {
  return [item.index, item];
}

async function classifyBatch(model: BatchModel, batch: PackedBatch): Promise<ClassifiedBatch> {
  const { runtime, invert, shape } = model;
  const started = performance.now();
  if (!model.detects && isAllRaw(batch, bytesPerImage(shape))) {
    const probabilities = await runtime.predict(batch.bytes, batch.size);
    const pixelSums = sumPixels(batch.bytes, batch.size, bytesPerImage(shape));
    return { ...toReply(probabilities, new Gathered(0, shape), pixelSums, started), decodeMs: 0 };
  }
  const gathered = await gather(batch, invert, shape);
  const decodeMs = performance.now() - started;
  const found = model.detects ? await detectObjects(runtime, gathered, batch.size) : undefined;
  gathered.refused.push(...(found?.refused ?? []));
  const probabilities = found?.scores ?? (await scatter(runtime, gathered, batch.size));
  const pixelSums = sumPixels(gathered.pixels, gathered.indices.length, gathered.imageBytes);
  return {
    ...toReply(probabilities, gathered, pixelSums, started),
    decodeMs,
    ...(found && { found: found.images }),
  };
}

/** The common case: one packed block of raw pixels, passed to the model unchanged. */
function isAllRaw(batch: PackedBatch, size: number): boolean {
  if (batch.offsets[0] !== 0) return false;
  for (let i = 0; i < batch.size; i++) {
    if (batch.formats[i] !== RAW || batch.offsets[i + 1] !== (i + 1) * size) return false;
  }
  return true;
}

/** The decoded images of a batch, packed without gaps, and the reasons for the refused ones. */
export class Gathered {
  readonly pixels: Uint8Array;
  /** Position in the batch of each packed image. */
  readonly indices: number[] = [];
  readonly refused: RefusedItem[] = [];
  readonly decoded: (DecodedItem & { readonly position: number })[] = [];

  /** Bytes of one image. */
  readonly imageBytes: number;

  constructor(
    size: number,
    readonly shape: ModelShape,
  ) {
    this.imageBytes = bytesPerImage(shape);
    this.pixels = new Uint8Array(size * this.imageBytes);
  }

  add(index: number, outcome: DecodeOutcome, isRaw: boolean): void {
    if (isRefusal(outcome)) {
      this.refused.push({ index, ...outcome });
      return;
    }
    const { pixels, ...about } = outcome;
    const position = this.indices.push(index) - 1;
    this.pixels.set(pixels, position * this.imageBytes);
    if (!isRaw) this.decoded.push({ index, position, ...about });
  }
}

async function gather(batch: PackedBatch, invert: InvertMode, shape: ModelShape): Promise<Gathered> {
  const gathered = new Gathered(batch.size, shape);
  for (let i = 0; i < batch.size; i++) {
    const bytes = batch.bytes.subarray(batch.offsets[i], batch.offsets[i + 1]);
    const { format, invert: own } = fromFormatCode(batch.formats[i] ?? RAW);
    const outcome = decodeItem(bytes, format, { invert: own ?? invert, shape });
    // A small image is decoded synchronously; awaiting it would cost a microtask for each.
    gathered.add(i, 'then' in outcome ? await outcome : outcome, format === 'raw');
  }
  return gathered;
}

async function scatter(
  runtime: Pick<ModelRuntime, 'predict'>,
  { pixels, indices, imageBytes, shape: { labels } }: Gathered,
  size: number,
): Promise<Float32Array<ArrayBuffer>> {
  const classes = labels.length;
  const probabilities = new Float32Array(size * classes);
  if (indices.length === 0) return probabilities;
  const packed = await runtime.predict(pixels.subarray(0, indices.length * imageBytes), indices.length);
  for (const [position, index] of indices.entries()) {
    probabilities.set(packed.subarray(position * classes, (position + 1) * classes), index * classes);
  }
  return probabilities;
}

export function toReply(
  probabilities: Float32Array<ArrayBuffer>,
  gathered: Gathered,
  pixelSums: PixelSums,
  started: number,
): BatchReply {
  const { imageBytes, shape } = gathered;
  const decodedPixels = new Uint8Array(gathered.decoded.length * imageBytes);
  const decoded = gathered.decoded.map(({ position, ...item }, i) => {
    const pixels = gathered.pixels.subarray(position * imageBytes, (position + 1) * imageBytes);
    decodedPixels.set(pixels, i * imageBytes);
    if (isSmall(shape) || item.thumbnail !== undefined) return item;
    return { ...item, thumbnail: thumbnailOf(pixels, shape) };
  });
  return {
    kind: 'batch',
    probabilities,
    refused: gathered.refused,
    decoded,
    decodedPixels,
    inferenceMs: performance.now() - started,
    pixelSums,
  };
}
