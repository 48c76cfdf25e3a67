import { IMAGE_PIXELS } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import { StreamInferError } from '../core/errors';
import type { LabelledImages } from './batches';
import { computeMetrics, type Metrics } from './metrics';

/** Maps n × 784 uint8 to n × 10 probabilities, with any runtime. */
export type Classify = (pixels: Uint8Array, n: number) => Float32Array | Promise<Float32Array>;

export interface EvaluateOptions {
  readonly batchSize?: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const BATCH_SIZE = 64;

/** Classifies all images in batches and compares the result with the labels. Rejects with ABORTED. */
export async function evaluate(
  images: LabelledImages,
  classify: Classify,
  options: EvaluateOptions = {},
): Promise<Metrics> {
  return computeMetrics(await classifyImages(images, classify, options), images.labels);
}

/** Returns the n × 10 probabilities of all images, classified in batches. Rejects with ABORTED. */
export async function classifyImages(
  images: LabelledImages,
  classify: Classify,
  options: EvaluateOptions = {},
): Promise<Float32Array> {
  const { batchSize = BATCH_SIZE, onProgress, signal } = options;
  const total = images.labels.length;
  const probabilities = new Float32Array(total * CLASS_COUNT);
  for (let start = 0; start < total; start += batchSize) {
    if (signal?.aborted) throw new StreamInferError('ABORTED', 'the evaluation was cancelled');
    const end = Math.min(total, start + batchSize);
    const batch = images.pixels.subarray(start * IMAGE_PIXELS, end * IMAGE_PIXELS);
    probabilities.set(await classify(batch, end - start), start * CLASS_COUNT);
    onProgress?.(end, total);
  }
  return probabilities;
}
