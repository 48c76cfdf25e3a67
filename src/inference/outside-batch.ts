import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { decodeItem, type DecodeOutcome } from '../codec/decode-item';
import { isQuick } from '../codec/is-quick';
import type { PredictionWriter } from '../codec/prediction-writer';
import type { RejectionCode } from '../core/errors';
import { formatCode, fromFormatCode, type ImageFormat, type InvertMode } from '../core/image';
import type { ModelShape } from '../core/model-shape';
import type { PackedBatch } from '../core/classification';
import type { OutsideImage } from './outside-image';
import { sumPixels } from './pixel-sums';
import type { PreparingThreads } from './preparing/threads';
import type { BatchReply, RefusedItem } from './protocol';
import { Gathered, toReply, withPredictions } from './worker-batch';

/** The main thread decodes for at most this time at once, ms. */
const LONGEST_TURN_MS = 8;

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
  readonly preparing: Pick<PreparingThreads, 'decode'>;
  classify(images: readonly OutsideImage[], batch: PackedBatch): Promise<OutsideAnswer>;
}

/** Like `runBatch`, on the main thread: large images are decoded in other threads, and the event loop continues. */
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
  model: OutsideModel,
  batch: PackedBatch,
  gathered: Gathered,
): Promise<OutsideImage[]> {
  const images: OutsideImage[] = [];
  for (const [i, outcome] of (await outcomesOf(model, batch)).entries()) {
    const { value, format } = itemAt(batch, i);
    gathered.add(i, outcome, format === 'raw');
    if ('pixels' in outcome) images.push({ pixels: outcome.pixels, value, format });
  }
  return images;
}

/** Threads decode the large images while the main thread decodes the small ones, in turns with other work. */
async function outcomesOf(model: OutsideModel, batch: PackedBatch): Promise<readonly DecodeOutcome[]> {
  const { shape, preparing } = model;
  const outcomes: DecodeOutcome[] = [];
  const large: Promise<void>[] = [];
  let since = performance.now();
  for (let i = 0; i < batch.size; i++) {
    const { value, format, invert = model.invert } = itemAt(batch, i);
    if (isQuick(value, format, shape)) {
      const outcome = decodeItem(value, format, { invert, shape });
      outcomes[i] = 'then' in outcome ? await outcome : outcome;
    } else {
      const decoded = preparing.decode({ bytes: value, format, invert });
      large.push(decoded.then((outcome) => void (outcomes[i] = outcome)));
      // It may fail while nobody awaits it yet.
      large.at(-1)?.catch(() => undefined);
    }
    if (performance.now() - since < LONGEST_TURN_MS) continue;
    await turnOfTheLoop();
    since = performance.now();
  }
  await Promise.all(large);
  return outcomes;
}

interface Item {
  readonly value: Uint8Array;
  readonly format: ImageFormat;
  readonly invert: InvertMode | undefined;
}

function itemAt({ bytes, offsets, formats }: PackedBatch, i: number): Item {
  const value = bytes.subarray(offsets[i], offsets[i + 1]);
  return { value, ...fromFormatCode(formats[i] ?? formatCode('raw')) };
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
