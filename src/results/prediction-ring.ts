import { IMAGE_PIXELS } from '../core/image';
import type { Prediction, PredictionOutcome } from '../core/prediction';
import { JsonSlots } from './json-slots';
import { TRUTH_UNKNOWN } from './tally';
import type { PredictionFilter, StoredPrediction } from './view';

/**
 * The latest `capacity` predictions in columns, found by id or by walking back from the newest. A filter reads only
 * the narrow columns. The prediction with sequence number `seq` lives in slot `seq % capacity`. What is kept as objects
 * for so long would be moved and marked by the garbage collector again and again, so predictions are kept as bytes.
 */
export class PredictionRing {
  private readonly ids: (string | undefined)[];
  private readonly predictions: JsonSlots;
  private readonly labels: Uint8Array;
  private readonly truths: Uint8Array;
  private readonly confidences: Float64Array;
  private readonly images: Uint8Array;
  /** 0 where nobody has the image here. */
  private readonly hasImage: Uint8Array;
  private readonly seqById = new Map<string, number>();
  private newest = 0;

  constructor(private readonly capacity: number) {
    this.ids = new Array<string | undefined>(capacity).fill(undefined);
    this.predictions = new JsonSlots(capacity);
    this.labels = new Uint8Array(capacity);
    this.truths = new Uint8Array(capacity);
    this.confidences = new Float64Array(capacity);
    this.images = new Uint8Array(capacity * IMAGE_PIXELS);
    this.hasImage = new Uint8Array(capacity);
  }

  /** Takes the place of the oldest one when full. */
  push({ prediction, pixels, json }: PredictionOutcome): void {
    const seq = ++this.newest;
    const slot = seq % this.capacity;
    this.forget(slot, seq - this.capacity);
    this.ids[slot] = prediction.id;
    this.predictions.set(slot, json ?? Buffer.from(JSON.stringify(prediction)));
    this.labels[slot] = prediction.label;
    this.truths[slot] = prediction.truth ?? TRUTH_UNKNOWN;
    this.confidences[slot] = prediction.confidence;
    this.hasImage[slot] = pixels.length === 0 ? 0 : 1;
    // Copied, since `pixels` is often a small view of a large message or of a whole batch that would stay in memory.
    this.images.set(
      pixels.length === IMAGE_PIXELS ? pixels : pixels.subarray(0, IMAGE_PIXELS),
      slot * IMAGE_PIXELS,
    );
    this.seqById.set(prediction.id, seq);
  }

  list(filter: PredictionFilter): StoredPrediction[] {
    const found: StoredPrediction[] = [];
    const start = Math.min(this.newest, (filter.before ?? Infinity) - 1);
    for (let seq = start; seq > this.oldestGone() && found.length < filter.limit; seq--) {
      if (this.matches(seq % this.capacity, filter)) found.push(this.at(seq));
    }
    return found;
  }

  get(id: string): StoredPrediction | undefined {
    const seq = this.seqById.get(id);
    return seq === undefined ? undefined : this.at(seq);
  }

  pixels(id: string): Uint8Array | undefined {
    const seq = this.seqById.get(id);
    if (seq === undefined || this.hasImage[seq % this.capacity] === 0) return undefined;
    const start = (seq % this.capacity) * IMAGE_PIXELS;
    return this.images.slice(start, start + IMAGE_PIXELS);
  }

  private at(seq: number): StoredPrediction {
    return { seq, prediction: this.predictions.get(seq % this.capacity) as Prediction };
  }

  private oldestGone(): number {
    return Math.max(0, this.newest - this.capacity);
  }

  /** A redelivered message has the same id again: the index then belongs to the newer one and stays. */
  private forget(slot: number, seq: number): void {
    const old = this.ids[slot];
    if (old !== undefined && this.seqById.get(old) === seq) this.seqById.delete(old);
  }

  private matches(slot: number, filter: PredictionFilter): boolean {
    const label = this.labels[slot]!;
    const truth = this.truths[slot]!;
    const confidence = this.confidences[slot]!;
    if (filter.label !== undefined && label !== filter.label) return false;
    if (filter.truth !== undefined && truth !== filter.truth) return false;
    if (filter.wrong !== undefined && (truth !== TRUTH_UNKNOWN && truth !== label) !== filter.wrong)
      return false;
    if (filter.id !== undefined && !this.ids[slot]!.startsWith(filter.id)) return false;
    if (filter.minConfidence !== undefined && confidence < filter.minConfidence) return false;
    return filter.maxConfidence === undefined || confidence <= filter.maxConfidence;
  }
}
