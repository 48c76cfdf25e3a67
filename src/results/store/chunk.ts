import {
  DEFAULT_SIZE,
  isDefaultSize,
  keptPixels,
  thumbnailSize,
  type OriginalImage,
  type PictureSize,
} from '../../core/picture';
import type { PredictionOutcome } from '../../core/prediction';
import { Tally, TRUTH_UNKNOWN, type TallyData } from '../tally';

/** A batch of predictions for the store's thread, in columns. */
export interface Chunk {
  /** Increases with each chunk of a process; with it, a shared store recognizes a chunk that it already has. */
  readonly number: number;
  readonly size: number;
  readonly ids: readonly string[];
  /** The predictions as concatenated JSON; the i-th ends at `ends[i]`. */
  readonly json: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly labels: Uint16Array<ArrayBuffer>;
  /** TRUTH_UNKNOWN if the truth is not known. */
  readonly truths: Int32Array<ArrayBuffer>;
  readonly confidences: Float64Array<ArrayBuffer>;
  /** Time when each became durable, ms since 1970. */
  readonly times: Float64Array<ArrayBuffer>;
  /** The images, one after the other; the i-th ends at `imageEnds[i]` and is empty if it is not stored. */
  readonly images: Uint8Array<ArrayBuffer>;
  readonly imageEnds: Uint32Array<ArrayBuffer>;
  /** Of the images that are not 28×28 pixels in grey. */
  readonly sizes: ReadonlyMap<number, PictureSize>;
  /** Of the messages with an image file. */
  readonly originals: ReadonlyMap<number, OriginalImage>;
  /** Counts of outcomes without a row: dead letters and dropped predictions. null if there are none. */
  readonly rest: TallyData | null;
}

export const CHUNK_ROWS = 500;
const FIRST_JSON_BYTES = CHUNK_ROWS * 1024;
/** A chunk of large predictions (they include the key) is full before it has `CHUNK_ROWS` rows. */
const FULL_JSON_BYTES = 4 * FIRST_JSON_BYTES;
const FIRST_IMAGE_BYTES = CHUNK_ROWS * 800;
/** Likewise a chunk of large images. */
const FULL_IMAGE_BYTES = 4 * FIRST_IMAGE_BYTES;

/**
 * Collects outcomes into chunks. It copies the published bytes of each prediction into reused buffers. So the garbage
 * collector of the main thread sees one chunk instead of hundreds of predictions.
 */
export class ChunkBuilder {
  #ids: string[] = [];
  readonly #json = new Bytes(FIRST_JSON_BYTES, FULL_JSON_BYTES);
  readonly #images = new Bytes(FIRST_IMAGE_BYTES, FULL_IMAGE_BYTES);
  #sizes = new Map<number, PictureSize>();
  #originals = new Map<number, OriginalImage>();
  #rest = new Tally();
  #sealed = 0;
  readonly #ends = new Uint32Array(CHUNK_ROWS);
  readonly #labels = new Uint16Array(CHUNK_ROWS);
  readonly #truths = new Int32Array(CHUNK_ROWS);
  readonly #confidences = new Float64Array(CHUNK_ROWS);
  readonly #times = new Float64Array(CHUNK_ROWS);
  readonly #imageEnds = new Uint32Array(CHUNK_ROWS);

  get size(): number {
    return this.#ids.length;
  }

  get full(): boolean {
    return this.#ids.length === CHUNK_ROWS || this.#json.full || this.#images.full;
  }

  get empty(): boolean {
    return this.#ids.length === 0 && this.#rest.empty;
  }

  /** Counts of outcomes that are not stored. */
  get rest(): Tally {
    return this.#rest;
  }

  add(outcome: PredictionOutcome, at: number, withImage: boolean): void {
    const { id, label, truth, confidence, json, decoded } = outcome;
    const i = this.#ids.length;
    this.#ids.push(id);
    this.#labels[i] = label;
    this.#truths[i] = truth ?? TRUTH_UNKNOWN;
    this.#confidences[i] = confidence;
    this.#times[i] = at;
    this.#ends[i] = this.#json.add(json);
    if (decoded?.original !== undefined) this.#originals.set(i, decoded.original);
    if (withImage && outcome.pixels.length > 0) this.#addImage(i, outcome);
    this.#imageEnds[i] = this.#images.length;
  }

  /** Returns the collected outcomes and empties the builder. */
  seal(): Chunk {
    const size = this.#ids.length;
    const chunk: Chunk = {
      number: ++this.#sealed,
      size,
      ids: this.#ids,
      json: this.#json.take(),
      ends: this.#ends.slice(0, size),
      labels: this.#labels.slice(0, size),
      truths: this.#truths.slice(0, size),
      confidences: this.#confidences.slice(0, size),
      times: this.#times.slice(0, size),
      images: this.#images.take(),
      imageEnds: this.#imageEnds.slice(0, size),
      sizes: this.#sizes,
      originals: this.#originals,
      rest: this.#rest.empty ? null : this.#rest.data(),
    };
    this.#ids = [];
    if (this.#sizes.size > 0) this.#sizes = new Map();
    if (this.#originals.size > 0) this.#originals = new Map();
    if (chunk.rest !== null) this.#rest = new Tally();
    return chunk;
  }

  #addImage(i: number, outcome: PredictionOutcome): void {
    this.#images.add(keptPixels(outcome));
    const { imageSize = DEFAULT_SIZE } = outcome;
    if (!isDefaultSize(imageSize)) this.#sizes.set(i, thumbnailSize(imageSize));
  }
}

/** The buffers of a chunk, to be transferred to the other thread instead of copied. */
export function buffersOf(chunk: Chunk): ArrayBuffer[] {
  const { json, ends, labels, truths, confidences, times, imageEnds, images } = chunk;
  return [json, ends, labels, truths, confidences, times, imageEnds, images].map(({ buffer }) => buffer);
}

/** A value of a sparse column as JSON. */
export function jsonAt(values: ReadonlyMap<number, object>, i: number): string | null {
  const value = values.get(i);
  return value === undefined ? null : JSON.stringify(value);
}

/** The counts of a chunk that could not be written: its rows are lost, but not its figures. */
export function tallyOf(chunk: Chunk): Tally {
  const tally = new Tally();
  if (chunk.rest) tally.merge(chunk.rest);
  for (let i = 0; i < chunk.size; i++)
    tally.addPrediction(chunk.labels[i]!, chunk.truths[i]!, chunk.confidences[i]!, chunk.times[i]!);
  return tally;
}

/** A reused buffer that grows. */
class Bytes {
  #bytes: Uint8Array;
  length = 0;

  /** @param fullAt number of bytes that are enough for one chunk; a larger buffer is not kept */
  constructor(
    private readonly first: number,
    private readonly fullAt: number,
  ) {
    this.#bytes = new Uint8Array(first);
  }

  get full(): boolean {
    return this.length >= this.fullAt;
  }

  /** Returns the end of `bytes`. */
  add(bytes: Uint8Array): number {
    const end = this.length + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.length);
    return (this.length = end);
  }

  /** A copy of all bytes; empties the buffer. */
  take(): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(this.length);
    copy.set(this.#bytes.subarray(0, this.length));
    this.length = 0;
    if (this.#bytes.length > this.fullAt) this.#bytes = new Uint8Array(this.first);
    return copy;
  }
}
