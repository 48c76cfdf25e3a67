import { StreamInferError } from '../../core/errors';
import type { ModelScore } from '../../core/model-version';
import type { ModelShape } from '../../core/model-shape';
import type { Classifier, PackedBatch } from '../../core/ports';
import { shapeOf, type ModelFiles } from '../files';

/** Images that no model was trained with, as batches of one size. */
export interface HeldOut {
  readonly batches: readonly PackedBatch[];
  /** Of all images in order; null where their classes are not known. */
  readonly labels: Uint8Array | null;
}

export interface GateLimits {
  /** A model may label so much smaller a share of the held-out images right than the one that serves, 0–1. */
  readonly maxAccuracyDrop: number;
  /** A batch may take so many times as long. */
  readonly maxSlowdown: number;
}

export interface Comparison {
  readonly serving: ModelScore;
  readonly next: ModelScore;
}

/** What a version has to be to take the place of the model that serves. */
export interface Place {
  readonly name: string;
  readonly version: number;
  readonly shape: ModelShape;
}

/** How often each batch is timed. */
const ROUNDS = 3;
/** How often when the model seems too slow: on a busy machine chance alone may double the shortest of few times. */
const MOST_ROUNDS = 20;

/** Throws MODEL_REFUSED for a model of another name, version, image size or classes: those are promised to readers. */
export function assertFits(files: ModelFiles, place: Place): void {
  const { name, version } = files;
  if (name !== place.name || version !== place.version)
    throw refuse(`its manifest says ${name}@${version}, and its folder ${place.name}@${place.version}`);
  const [own, wanted] = [shapeOf(files), place.shape];
  if (own.height !== wanted.height || own.width !== wanted.width)
    throw refuse(
      `it sees ${own.height} × ${own.width} pixels, and the model that serves ${wanted.height} × ${wanted.width}`,
    );
  if (own.labels.length !== wanted.labels.length)
    throw refuse(
      `it tells ${own.labels.length} classes apart, and the model that serves ${wanted.labels.length}`,
    );
  const other = own.labels.findIndex((label, i) => label !== wanted.labels[i]);
  if (other >= 0)
    throw refuse(
      `its class ${other} is ${own.labels[other]}, and that of the model that serves ${wanted.labels[other]}`,
    );
}

/**
 * Lets both models classify the same images, by turns, so that what else the machine does concerns both. Rejects as the
 * classifiers do.
 *
 * @param maxSlowdown as in `GateLimits`: a model that is slower is timed more often
 */
export async function compare(
  serving: Classifier,
  next: Classifier,
  images: HeldOut,
  maxSlowdown = Infinity,
): Promise<Comparison> {
  const sides = [new Side(images), new Side(images)] as const;
  const seemsSlow = () => sides[1].fastest > sides[0].fastest * maxSlowdown;
  for (let round = 0; round < ROUNDS || (round < MOST_ROUNDS && seemsSlow()); round++) {
    for (const [at, batch] of images.batches.entries()) {
      await sides[0].try(serving, batch, round === 0 ? at : null);
      await sides[1].try(next, batch, round === 0 ? at : null);
    }
  }
  return { serving: sides[0].score(), next: sides[1].score() };
}

/** Throws MODEL_REFUSED for a model that is less exact or slower than allowed. */
export function assertAsGood({ serving, next }: Comparison, limits: GateLimits): void {
  if (serving.accuracy !== null && next.accuracy !== null) {
    const drop = serving.accuracy - next.accuracy;
    if (drop > limits.maxAccuracyDrop)
      throw refuse(
        `it labels ${percent(next.accuracy)} of the held-out images right, and the model that serves ` +
          `${percent(serving.accuracy)} (models.maxAccuracyDrop: ${limits.maxAccuracyDrop})`,
      );
  }
  if (next.batchMs > serving.batchMs * limits.maxSlowdown)
    throw refuse(
      `it takes ${next.batchMs.toFixed(2)} ms for ${next.batchSize} images, and the model that serves ` +
        `${serving.batchMs.toFixed(2)} ms (models.maxSlowdown: ${limits.maxSlowdown})`,
    );
}

/** What one model did. */
class Side {
  #right = 0;
  #fastest = Infinity;

  constructor(private readonly images: HeldOut) {}

  /** @param judge position of the batch whose labels are compared; null: it is only timed */
  async try(classifier: Classifier, batch: PackedBatch, judge: number | null): Promise<void> {
    const { probabilities, inferenceMs } = await classifier.classify(batch);
    this.#fastest = Math.min(this.#fastest, inferenceMs);
    const { labels } = this.images;
    if (judge === null || labels === null) return;
    const classes = probabilities.length / batch.size;
    const first = judge * this.#batchSize;
    for (let i = 0; i < batch.size; i++)
      if (largest(probabilities, i * classes, classes) === labels[first + i]) this.#right++;
  }

  /** ms. */
  get fastest(): number {
    return this.#fastest;
  }

  score(): ModelScore {
    const { labels } = this.images;
    return {
      accuracy: labels === null ? null : this.#right / labels.length,
      batchMs: this.#fastest,
      batchSize: this.#batchSize,
    };
  }

  get #batchSize(): number {
    return this.images.batches[0]?.size ?? 0;
  }
}

function largest(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function refuse(reason: string): StreamInferError {
  return new StreamInferError('MODEL_REFUSED', reason);
}
