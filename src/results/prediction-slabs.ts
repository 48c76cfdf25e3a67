import { BatchPrediction, ID_AT, startOf } from '../core/batch-prediction';
import { IMAGE_PIXELS } from '../core/image';
import { bytesPerImage } from '../core/model-shape';
import {
  DEFAULT_SIZE,
  keptPixels,
  thumbnailSize,
  type OriginalImage,
  type Picture,
  type PictureSize,
} from '../core/picture';
import type { Prediction, PredictionOutcome } from '../core/prediction';
import { Slab } from './slab';
import { marksOf, type Mark } from './json-marks';
import type { PredictionConditions, PredictionFilter, PredictionTotal, StoredPrediction } from './view';

/** Columns with the predictions of one entry, or of the whole batch that they are a part of. */
interface Columns {
  readonly ends: Uint32Array;
  readonly labels: Int32Array;
  readonly confidences: Float64Array;
  /** −1 if the truth is unknown. */
  readonly truths: Int32Array;
}

/** Predictions that were added together, consecutive in their batch. */
interface Entry extends Columns {
  /** Sequence number of the first prediction. */
  readonly seq: number;
  readonly count: number;
  /** Index of the first prediction in the columns. */
  readonly from: number;
  /** Start of their JSON in the slab. */
  readonly start: number;
  readonly images: Images | undefined;
  /** By position in the entry; undefined if none had an image file. */
  readonly originals: ReadonlyMap<number, OriginalImage> | undefined;
}

/** The images of an entry, all of one size. */
interface Images extends PictureSize {
  /** Start of the first one in the slab. */
  readonly start: number;
}

/** Enough for a prediction with a short id and key; if they are longer, fewer predictions are kept. */
const PREDICTION_BYTES = 1_024;

/**
 * The latest predictions, as bytes in ring buffers. Predictions added together cost one entry and one copy; a single
 * prediction is parsed only when it is read. Long-lived objects for each would cost the garbage collector too much.
 */
export class PredictionSlabs {
  readonly #json: Slab;
  /** As many bytes for images of any size: of larger ones, fewer are kept. */
  readonly #images: Slab;
  /** In order; entries before `#oldest` are dropped. */
  #entries: (Entry | undefined)[] = [];
  #oldest = 0;
  #newest = 0;

  constructor(private readonly capacity: number) {
    this.#json = new Slab(capacity * PREDICTION_BYTES);
    this.#images = new Slab(capacity * IMAGE_PIXELS);
  }

  add(outcomes: readonly PredictionOutcome[]): void {
    let start = 0;
    while (start < outcomes.length) {
      const end = endOfRun(outcomes, start, this.capacity);
      this.#push(outcomes.slice(start, end));
      start = end;
    }
  }

  /** Newest first. */
  list(filter: PredictionFilter): StoredPrediction[] {
    const found: StoredPrediction[] = [];
    const limit = filter.mostConfident ? Infinity : filter.limit;
    const before = filter.before ?? Infinity;
    for (const [entry, i] of this.#matching(filter)) {
      if (found.length === limit) break;
      if (entry.seq + i < before) found.push(this.#at(entry, i));
    }
    return filter.mostConfident ? mostConfident(found).slice(0, filter.limit) : found;
  }

  total(conditions: PredictionConditions): PredictionTotal {
    let [predictions, judged, correct] = [0, 0, 0];
    for (const [entry, i] of this.#matching(conditions)) {
      const truth = entry.truths[entry.from + i] as number;
      predictions++;
      if (truth >= 0) judged++;
      if (truth === entry.labels[entry.from + i]) correct++;
    }
    return { predictions, judged, correct, complete: true };
  }

  /** For a redelivered message, the later prediction. */
  get(id: string): StoredPrediction | undefined {
    const place = this.#find(id);
    return place && this.#at(...place);
  }

  image(id: string): Picture | undefined {
    const [entry, i = 0] = this.#find(id) ?? [];
    if (entry?.images === undefined) return undefined;
    const { start: first, ...size } = entry.images;
    const bytes = bytesPerImage(size);
    const start = this.#images.positionOf(first, bytes, i);
    if (start < this.#images.oldest) return undefined;
    return { ...size, pixels: new Uint8Array(this.#images.read(start, start + bytes)) };
  }

  /** @param run consecutive predictions of one batch */
  #push(run: readonly PredictionOutcome[]): void {
    const [first] = run as readonly [PredictionOutcome];
    const { columns, from, json } = partOf(first, run.length);
    const start = this.#json.write(json);
    if (start === undefined) return this.#pushHalves(run);
    const seq = this.#newest + 1;
    this.#newest += run.length;
    const images = first.pixels.length > 0 ? this.#keepImages(run) : undefined;
    const { ends, labels, confidences, truths } = columns;
    const entry = { seq, count: run.length, from, start, images, originals: originalsOf(run) };
    this.#entries.push({ ...entry, ends, labels, confidences, truths });
    this.#forgetOverwritten();
  }

  /** Splits a run that does not fit; a single prediction larger than the whole slab is not kept. */
  #pushHalves(run: readonly PredictionOutcome[]): void {
    const half = run.length >> 1;
    if (half === 0) return;
    this.#push(run.slice(0, half));
    this.#push(run.slice(half));
  }

  /** Copied, because `pixels` is often a small view that would keep a large message or a whole batch in memory. */
  #keepImages(run: readonly PredictionOutcome[]): Images | undefined {
    const { imageSize = DEFAULT_SIZE } = run[0] as PredictionOutcome;
    const size = thumbnailSize(imageSize);
    let start: number | undefined;
    for (const outcome of run) {
      const at = this.#images.write(keptPixels(outcome));
      start ??= at;
    }
    return start === undefined ? undefined : { ...size, start };
  }

  #forgetOverwritten(): void {
    const isGone = ({ seq, count, start }: Entry): boolean =>
      start < this.#json.oldest || seq + count - 1 <= this.#newest - this.capacity;
    while (isGone(this.#entries[this.#oldest] as Entry)) this.#entries[this.#oldest++] = undefined;
    if (this.#oldest * 2 < this.#entries.length || this.#oldest < 1_024) return;
    this.#entries = this.#entries.slice(this.#oldest);
    this.#oldest = 0;
  }

  *#newestFirst(): Generator<readonly [Entry, number]> {
    for (let e = this.#entries.length - 1; e >= this.#oldest; e--) {
      const entry = this.#entries[e] as Entry;
      const gone = this.#newest - this.capacity - entry.seq + 1;
      for (let i = entry.count - 1; i >= Math.max(0, gone); i--) yield [entry, i];
    }
  }

  /** Nothing is parsed to answer a condition: only bytes are compared. */
  *#matching(conditions: PredictionConditions): Generator<readonly [Entry, number]> {
    const marks = marksOf(conditions);
    for (const place of this.#newestFirst()) {
      const [entry, i] = place;
      if (matches(entry, entry.from + i, conditions) && this.#hasAll(entry, i, marks)) yield place;
    }
  }

  #hasAll(entry: Entry, i: number, marks: readonly Mark[]): boolean {
    if (marks.length === 0) return true;
    const json = this.#jsonOf(entry, i);
    return marks.every((mark) => mark(json));
  }

  #find(id: string): readonly [Entry, number] | undefined {
    const wanted = Buffer.from(JSON.stringify(id));
    for (const place of this.#newestFirst()) if (this.#hasId(...place, wanted)) return place;
    return undefined;
  }

  #hasId(entry: Entry, i: number, id: Buffer): boolean {
    const json = this.#jsonOf(entry, i);
    const end = ID_AT + id.length;
    return json.length >= end && json.compare(id, 0, id.length, ID_AT, end) === 0;
  }

  #at(entry: Entry, i: number): StoredPrediction {
    const prediction = JSON.parse(this.#jsonOf(entry, i).toString()) as Prediction;
    const original = entry.originals?.get(i);
    return { seq: entry.seq + i, prediction, ...(original && { original }) };
  }

  #jsonOf({ ends, from, start }: Entry, i: number): Buffer {
    const before = startOf(ends, from);
    return this.#json.read(
      start + startOf(ends, from + i) - before,
      start + (ends[from + i] as number) - before,
    );
  }
}

function originalsOf(run: readonly PredictionOutcome[]): Map<number, OriginalImage> | undefined {
  let originals: Map<number, OriginalImage> | undefined;
  for (let i = 0; i < run.length; i++) {
    const original = (run[i] as PredictionOutcome).decoded?.original;
    if (original !== undefined) (originals ??= new Map()).set(i, original);
  }
  return originals;
}

/** End of a run of consecutive predictions; a rejected message between two of them ends it, because it has no JSON. */
function endOfRun(outcomes: readonly PredictionOutcome[], start: number, most: number): number {
  const first = outcomes[start];
  let end = start + 1;
  if (!(first instanceof BatchPrediction)) return end;
  while (end < outcomes.length && end - start < most) {
    const next = outcomes[end];
    if (!(next instanceof BatchPrediction) || next.batch !== first.batch) break;
    if (next.index !== first.index + end - start) break;
    end++;
  }
  return end;
}

/** The columns and the bytes of `count` predictions, starting with this one. */
function partOf(
  outcome: PredictionOutcome,
  count: number,
): { readonly columns: Columns; readonly from: number; readonly json: Buffer } {
  if (outcome instanceof BatchPrediction) {
    const { batch, index } = outcome;
    const json = batch.json.subarray(startOf(batch.ends, index), batch.ends[index + count - 1]);
    return { columns: batch, from: index, json };
  }
  const { json, label, confidence, truth = -1 } = outcome;
  const columns = {
    ends: Uint32Array.of(json.length),
    labels: Int32Array.of(label),
    confidences: Float64Array.of(confidence),
    truths: Int32Array.of(truth),
  };
  return { columns, from: 0, json };
}

function matches({ labels, truths, confidences }: Columns, i: number, filter: PredictionConditions): boolean {
  const label = labels[i] as number;
  const truth = truths[i] as number;
  const confidence = confidences[i] as number;
  if (filter.label !== undefined && label !== filter.label) return false;
  if (filter.truth !== undefined && truth !== filter.truth) return false;
  if (filter.wrong !== undefined && (truth >= 0 && truth !== label) !== filter.wrong) return false;
  if (filter.minConfidence !== undefined && confidence < filter.minConfidence) return false;
  return filter.maxConfidence === undefined || confidence <= filter.maxConfidence;
}

function mostConfident(found: readonly StoredPrediction[]): StoredPrediction[] {
  return [...found].sort((a, b) => b.prediction.confidence - a.prediction.confidence);
}
