import { IMAGE_PIXELS } from '../../core/image';
import type { PredictionOutcome } from '../../core/prediction';
import { Tally, TRUTH_UNKNOWN, type TallyData } from '../tally';

/** A batch of predictions for the store's thread, in columns. */
export interface Chunk {
  readonly size: number;
  readonly ids: readonly string[];
  /** The predictions as concatenated JSON; the i-th ends at `ends[i]`. */
  readonly json: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  /** TRUTH_UNKNOWN if the truth is not known. */
  readonly truths: Uint8Array<ArrayBuffer>;
  readonly confidences: Float64Array<ArrayBuffer>;
  /** Time when each became durable, ms since 1970. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Index of the i-th image in `images` (784 bytes each); −1 without an image. */
  readonly imageOf: Int16Array<ArrayBuffer>;
  readonly images: Uint8Array<ArrayBuffer>;
  /** Counts of outcomes without a row: dead letters and dropped predictions. null if there are none. */
  readonly rest: TallyData | null;
}

export const CHUNK_ROWS = 500;
const FIRST_JSON_BYTES = CHUNK_ROWS * 1024;
/** A chunk of large predictions (they include the key) is full before it has `CHUNK_ROWS` rows. */
const FULL_JSON_BYTES = 4 * FIRST_JSON_BYTES;

/**
 * Collects outcomes into chunks. It copies the published bytes of each prediction into reused buffers, so the garbage
 * collector of the main thread sees one chunk instead of hundreds of predictions.
 */
export class ChunkBuilder {
  #ids: string[] = [];
  #json = Buffer.allocUnsafeSlow(FIRST_JSON_BYTES);
  #jsonBytes = 0;
  #imageCount = 0;
  #rest = new Tally();
  readonly #ends = new Uint32Array(CHUNK_ROWS);
  readonly #labels = new Uint8Array(CHUNK_ROWS);
  readonly #truths = new Uint8Array(CHUNK_ROWS);
  readonly #confidences = new Float64Array(CHUNK_ROWS);
  readonly #times = new Float64Array(CHUNK_ROWS);
  readonly #imageOf = new Int16Array(CHUNK_ROWS);
  readonly #images = new Uint8Array(CHUNK_ROWS * IMAGE_PIXELS);

  get size(): number {
    return this.#ids.length;
  }

  get full(): boolean {
    return this.#ids.length === CHUNK_ROWS || this.#jsonBytes >= FULL_JSON_BYTES;
  }

  get empty(): boolean {
    return this.#ids.length === 0 && this.#rest.empty;
  }

  /** Counts of outcomes that are not stored. */
  get rest(): Tally {
    return this.#rest;
  }

  add(
    { id, label, truth, confidence, json, pixels }: PredictionOutcome,
    at: number,
    withImage: boolean,
  ): void {
    const i = this.#ids.length;
    this.#ids.push(id);
    this.#labels[i] = label;
    this.#truths[i] = truth ?? TRUTH_UNKNOWN;
    this.#confidences[i] = confidence;
    this.#times[i] = at;
    this.#addJson(i, json);
    this.#imageOf[i] = withImage ? this.#imageCount : -1;
    if (!withImage) return;
    this.#images.set(
      pixels.length === IMAGE_PIXELS ? pixels : pixels.subarray(0, IMAGE_PIXELS),
      this.#imageCount++ * IMAGE_PIXELS,
    );
  }

  /** Returns the collected outcomes and empties the builder. */
  seal(): Chunk {
    const size = this.#ids.length;
    const chunk: Chunk = {
      size,
      ids: this.#ids,
      json: copyOf(this.#json, this.#jsonBytes),
      ends: this.#ends.slice(0, size),
      labels: this.#labels.slice(0, size),
      truths: this.#truths.slice(0, size),
      confidences: this.#confidences.slice(0, size),
      times: this.#times.slice(0, size),
      imageOf: this.#imageOf.slice(0, size),
      images: copyOf(this.#images, this.#imageCount * IMAGE_PIXELS),
      rest: this.#rest.empty ? null : this.#rest.data(),
    };
    this.#ids = [];
    this.#jsonBytes = 0;
    this.#imageCount = 0;
    if (this.#json.length > FULL_JSON_BYTES) this.#json = Buffer.allocUnsafeSlow(FIRST_JSON_BYTES);
    if (chunk.rest !== null) this.#rest = new Tally();
    return chunk;
  }

  #addJson(i: number, json: Buffer): void {
    const end = this.#jsonBytes + json.length;
    if (end > this.#json.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#json.length * 2));
      this.#json.copy(larger, 0, 0, this.#jsonBytes);
      this.#json = larger;
    }
    json.copy(this.#json, this.#jsonBytes);
    this.#jsonBytes = end;
    this.#ends[i] = end;
  }
}

/** The buffers of a chunk, to be transferred to the other thread instead of copied. */
export function buffersOf(chunk: Chunk): ArrayBuffer[] {
  const { json, ends, labels, truths, confidences, times, imageOf, images } = chunk;
  return [json, ends, labels, truths, confidences, times, imageOf, images].map(({ buffer }) => buffer);
}

function copyOf(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}
