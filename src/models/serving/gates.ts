import { argMax } from '../../core/arg-max';
import { StreamInferError } from '../../core/errors';
import { isFashionMnist, bytesPerImage, type ModelShape } from '../../core/model-shape';
import { percent } from '../../core/percent';
import type { ModelScore } from '../../core/model-version';
import type { Classifier, PackedBatch } from '../../core/classification';
import { loadSamples } from '../../dataset/samples';
import { packBatch } from '../../pipeline/packing';
import type { ModelFiles } from '../files';

/** Images no model was trained on, as batches of one size. */
export interface HeldOut {
  readonly batches: readonly PackedBatch[];
  /** Of all images in order; null if their classes are not known. */
  readonly labels: Uint8Array | null;
}

export interface GateLimits {
  /** Largest allowed drop of accuracy on the held-out images, against the active model, 0–1. */
  readonly maxAccuracyDrop: number;
  /** Largest allowed time for a batch, as a multiple of the active model's. */
  readonly maxSlowdown: number;
}

export interface Comparison {
  readonly active: ModelScore;
  readonly candidate: ModelScore;
}

/** The properties a version must have to replace the active model. */
export interface Expected {
  readonly name: string;
  readonly version: number;
  readonly shape: ModelShape;
}

/** Images of a batch, if the model accepts that many. */
const BATCH = 64;
/** Largest batch of empty images, bytes: a batch of 64 photos would hold hundreds of megabytes of activations. */
const MAX_SYNTHETIC_BYTES = 2 << 20;
/** Timings of each batch. */
const ROUNDS = 3;
/** Timings of a model that seems too slow: on a busy machine, chance may double the shortest of a few timings. */
const MAX_ROUNDS = 20;

/** Throws MODEL_REFUSED for another name, version, image size, colour or classes: consumers rely on these. */
export function assertFits(files: ModelFiles, expected: Expected): void {
  const { name, version } = files;
  if (name !== expected.name || version !== expected.version)
    throw refuse(`its manifest says ${name}@${version}, its folder ${expected.name}@${expected.version}`);
  const [own, wanted] = [files.shape, expected.shape];
  if (own.height !== wanted.height || own.width !== wanted.width)
    throw refuse(
      `its images are ${own.height} × ${own.width} pixels, those of the active model ${wanted.height} × ${wanted.width}`,
    );
  if (own.channels !== wanted.channels)
    throw refuse(`its images are ${colourOf(own)}, those of the active model ${colourOf(wanted)}`);
  if (own.labels.length !== wanted.labels.length)
    throw refuse(`it has ${own.labels.length} classes, the active model ${wanted.labels.length}`);
  const other = own.labels.findIndex((label, i) => label !== wanted.labels[i]);
  if (other >= 0)
    throw refuse(
      `its class ${other} is ${own.labels[other]}, that of the active model ${wanted.labels[other]}`,
    );
}

/**
 * Both models classify the same images alternately, so that other load affects both equally. Rejects as the classifiers do.
 *
 * @param maxSlowdown as in `GateLimits`: a model that seems slower is timed more often
 */
export async function compare(
  active: Classifier,
  candidate: Classifier,
  images: HeldOut,
  maxSlowdown = Infinity,
): Promise<Comparison> {
  const sides = [new Side(images), new Side(images)] as const;
  const seemsSlow = () => sides[1].fastest > sides[0].fastest * maxSlowdown;
  for (let round = 0; round < ROUNDS || (round < MAX_ROUNDS && seemsSlow()); round++) {
    for (const [at, batch] of images.batches.entries()) {
      await sides[0].run(active, batch, round === 0 ? at : null);
      await sides[1].run(candidate, batch, round === 0 ? at : null);
    }
  }
  return { active: sides[0].score(), candidate: sides[1].score() };
}

/** Throws MODEL_REFUSED for a model that is less accurate or slower than allowed. */
export function assertAsGood({ active, candidate }: Comparison, limits: GateLimits): void {
  if (active.accuracy !== null && candidate.accuracy !== null) {
    const drop = active.accuracy - candidate.accuracy;
    if (drop > limits.maxAccuracyDrop)
      throw refuse(
        `its accuracy on the held-out images is ${percent(candidate.accuracy, 1)}, that of the active model ` +
          `${percent(active.accuracy, 1)} (models.maxAccuracyDrop: ${limits.maxAccuracyDrop})`,
      );
  }
  if (candidate.batchMs > active.batchMs * limits.maxSlowdown)
    throw refuse(
      `it takes ${candidate.batchMs.toFixed(2)} ms for ${candidate.batchSize} images, the active model ` +
        `${active.batchMs.toFixed(2)} ms (models.maxSlowdown: ${limits.maxSlowdown})`,
    );
}

/** Held-out images for versions of a model: the packaged test images, if the model has their size and classes. */
export async function heldOutFor(
  files: Pick<ModelFiles, 'shape' | 'golden'>,
  maxBatch: number,
): Promise<HeldOut> {
  const shape = files.shape;
  if (isFashionMnist(shape)) {
    const samples = await loadSamples();
    return toHeldOut(samples.pixels, samples.labels, bytesPerImage(shape), maxBatch);
  }
  // Golden vectors are enough for timing, but without labels they give no accuracy.
  const { golden } = files;
  if (golden.n > 0) return toHeldOut(golden.pixels, null, bytesPerImage(shape), maxBatch);
  const count = Math.max(1, Math.min(BATCH, Math.floor(MAX_SYNTHETIC_BYTES / bytesPerImage(shape))));
  return toHeldOut(new Uint8Array(bytesPerImage(shape) * count), null, bytesPerImage(shape), maxBatch);
}

/** @param pixels n images, uint8, row-major */
export function toHeldOut(
  pixels: Uint8Array,
  labels: Uint8Array | null,
  imageBytes: number,
  maxBatch: number,
): HeldOut {
  const count = Math.floor(pixels.length / imageBytes);
  const size = Math.min(BATCH, maxBatch, count);
  // Whole batches only: a smaller one would be the fastest.
  const batches: PackedBatch[] = [];
  for (let first = 0; first + size <= count; first += size) {
    const items = Array.from({ length: size }, (_, i) => {
      const start = (first + i) * imageBytes;
      return { bytes: pixels.subarray(start, start + imageBytes), format: 'raw' as const };
    });
    batches.push(packBatch(items));
  }
  return { batches, labels: labels && labels.subarray(0, batches.length * size) };
}

/** The results of one model in a comparison. */
class Side {
  #correct = 0;
  #fastest = Infinity;

  constructor(private readonly images: HeldOut) {}

  /** @param at index of the batch whose labels are compared; null: timing only */
  async run(classifier: Classifier, batch: PackedBatch, at: number | null): Promise<void> {
    const { probabilities, inferenceMs } = await classifier.classify(batch);
    this.#fastest = Math.min(this.#fastest, inferenceMs);
    const { labels } = this.images;
    if (at === null || labels === null) return;
    const classes = probabilities.length / batch.size;
    const first = at * this.#batchSize;
    for (let i = 0; i < batch.size; i++)
      if (argMax(probabilities, i * classes, classes) === labels[first + i]) this.#correct++;
  }

  /** ms. */
  get fastest(): number {
    return this.#fastest;
  }

  score(): ModelScore {
    const { labels } = this.images;
    return {
      accuracy: labels === null ? null : this.#correct / labels.length,
      batchMs: this.#fastest,
      batchSize: this.#batchSize,
    };
  }

  get #batchSize(): number {
    return this.images.batches[0]?.size ?? 0;
  }
}

function colourOf({ channels }: ModelShape): string {
  return channels === 1 ? 'grey' : 'RGB';
}

function refuse(reason: string): StreamInferError {
  return new StreamInferError('MODEL_REFUSED', reason);
}
