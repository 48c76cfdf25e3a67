import { StreamInferError } from '../core/errors';
import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import type { ImageFile } from '../dataset/image-file';
import { loadRuntime } from '../inference/load-runtime';
import type { ModelFiles } from '../models/files';
import { computeMetrics, type ClassNumbers } from '../training/metrics';
import { startCounter } from './counter';
import type { Evaluation } from './evaluation-report';
import { ownBatches, SkippedImages } from './own-images';

/** An evaluation with the scores it comes from, n × classes, row-major. */
export interface Measured {
  readonly evaluation: Evaluation;
  readonly probabilities: Float32Array;
  readonly labels: ClassNumbers;
}

export interface MeasuredFiles extends Measured {
  readonly files: readonly ImageFile[];
}

/** Scores in memory: 400 MB. */
const MOST_SCORES = 100_000_000;

/**
 * Measures a model on the user's images. Rejects with USAGE if no image has a class of the model, or if there are too
 * many.
 */
export async function measureImages(
  files: ModelFiles,
  places: readonly string[],
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
): Promise<MeasuredFiles> {
  const runtime = await loadRuntime(files, wanted, precision);
  try {
    const skipped = new SkippedImages();
    const scored = new Scored(files.shape.labels.length);
    const counter = startCounter('images classified');
    try {
      for await (const batch of ownBatches(places, files.shape, skipped)) {
        const scores = await runtime.predict(batch.pixels, batch.labels.length);
        scored.add(scores, batch.labels, batch.files);
        counter.update(scored.files.length);
      }
    } finally {
      counter.stop();
    }
    if (scored.files.length === 0) throw noImages(places, files, skipped);
    const { probabilities, labels } = scored.joined();
    const { unreadable, withoutClass } = skipped;
    const evaluation: Evaluation = {
      files,
      runtime: runtime.name,
      precision: runtime.precision,
      metrics: computeMetrics(probabilities, labels, files.shape.labels.length),
      cardAccuracy: null,
      agrees: true,
      images: { places, unreadable, withoutClass },
    };
    return { evaluation, probabilities, labels, files: scored.files };
  } finally {
    await runtime.dispose();
  }
}

class Scored {
  readonly files: ImageFile[] = [];
  readonly #scores: Float32Array[] = [];
  readonly #labels: number[] = [];

  constructor(private readonly classes: number) {}

  add(scores: Float32Array, labels: readonly number[], files: readonly ImageFile[]): void {
    // A runtime may use its buffer again.
    this.#scores.push(scores.slice());
    this.#labels.push(...labels);
    this.files.push(...files);
    if (this.files.length * this.classes <= MOST_SCORES) return;
    throw new StreamInferError(
      'USAGE',
      `more than ${Math.floor(MOST_SCORES / this.classes)} images with ${this.classes} classes; name a smaller folder or a CSV file`,
    );
  }

  joined(): { probabilities: Float32Array; labels: Uint16Array } {
    const probabilities = new Float32Array(this.files.length * this.classes);
    let at = 0;
    for (const scores of this.#scores) {
      probabilities.set(scores, at);
      at += scores.length;
    }
    return { probabilities, labels: Uint16Array.from(this.#labels) };
  }
}

/** Shared with the commands that measure something else on the user's images. */
export function noImages(
  places: readonly string[],
  { shape }: Pick<ModelFiles, 'shape'>,
  { unreadable, withoutClass }: SkippedImages,
): StreamInferError {
  const where = places.join(', ');
  const classes = shape.labels.slice(0, 5).join(', ') + (shape.labels.length > 5 ? ' …' : '');
  const found =
    unreadable + withoutClass === 0
      ? `there are no PNG, JPEG or WebP files in ${where}`
      : `no image in ${where} can be used: ${withoutClass} without a class of the model, ${unreadable} unreadable`;
  return new StreamInferError(
    'USAGE',
    `${found}; make a subfolder for each class (${classes}), or name a CSV file with the lines file,label`,
  );
}
