import type { Box } from '../../core/found-objects';

/** An object in the model's input. */
export interface Detected {
  readonly label: number;
  /** 0–1, rounded to six digits. */
  readonly confidence: number;
  readonly box: Box;
}

/** Objects of one image, best first. */
export type ImageObjects = readonly Detected[];

/**
 * Scores by label of an image with these objects: the best confidence of each class. The last label is for images
 * without objects.
 */
export function putScores(objects: ImageObjects, classes: number, to: Float32Array, image: number): void {
  const row = to.subarray(image * classes, (image + 1) * classes).fill(0);
  for (const { label, confidence } of objects) row[label] = Math.max(row[label]!, confidence);
  if (objects.length === 0) row[classes - 1] = 1;
}

/** n × classes scores. */
export function scoresOfObjects(images: readonly ImageObjects[], classes: number): Float32Array<ArrayBuffer> {
  const scores = new Float32Array(images.length * classes);
  for (const [image, objects] of images.entries()) putScores(objects, classes, scores, image);
  return scores;
}
