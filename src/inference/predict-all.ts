import { bytesPerImage, type ModelShape } from '../core/model-shape';
import { imagesPerCall } from './batch-splitter';
import type { ModelRuntime } from './runtimes/runtime';

/** Most images of one call; small ones reach it. */
const MOST_IMAGES = 100;

/** n × classes scores of any number of images (uint8, one after the other), in calls of a bounded size. */
export async function predictAll(
  runtime: Pick<ModelRuntime, 'predict'>,
  shape: ModelShape,
  pixels: Uint8Array,
): Promise<Float32Array<ArrayBuffer>> {
  const [size, classes] = [bytesPerImage(shape), shape.labels.length];
  const [n, step] = [pixels.length / size, imagesPerCall(shape, MOST_IMAGES)];
  const scores = new Float32Array(n * classes);
  for (let start = 0; start < n; start += step) {
    const end = Math.min(n, start + step);
    scores.set(
      await runtime.predict(pixels.subarray(start * size, end * size), end - start),
      start * classes,
    );
  }
  return scores;
}
