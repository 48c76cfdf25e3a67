import { boxInImage, frameOf } from '../../codec/frame';
import type { FoundInImage } from '../../codec/object-writer';
import { StreamInferError } from '../../core/errors';
import { bytesPerImage, type ModelShape } from '../../core/model-shape';
import type { OriginalImage } from '../../core/picture';
import type { ModelRuntime } from '../runtimes/runtime';
import { putScores } from './objects';

/** By image of a batch, its objects. */
export type FoundInBatch = ReadonlyMap<number, FoundInImage>;

/** Decoded images, packed without gaps. */
interface PackedImages {
  readonly pixels: Uint8Array;
  /** Position in the batch of each packed image. */
  readonly indices: readonly number[];
  readonly decoded: readonly { readonly position: number; readonly original?: OriginalImage }[];
  readonly shape: ModelShape;
}

/**
 * The objects in the images of a batch, with boxes in the images as they were sent, and the scores of all labels. An
 * object that is completely in the bars around an image is none.
 */
export async function detectObjects(
  runtime: Pick<ModelRuntime, 'detect'>,
  { pixels, indices, decoded, shape }: PackedImages,
  size: number,
): Promise<{ readonly images: FoundInBatch; readonly scores: Float32Array<ArrayBuffer> }> {
  if (runtime.detect === undefined)
    throw new StreamInferError('INTERNAL', 'The runtime does not execute models that find objects.');
  const classes = shape.labels.length;
  const scores = new Float32Array(size * classes);
  const images = new Map<number, FoundInImage>();
  const count = indices.length;
  if (count === 0) return { images, scores };
  const originals = new Map(decoded.map(({ position, original }) => [position, original]));
  const found = await runtime.detect(pixels.subarray(0, count * bytesPerImage(shape)), count);
  for (const [position, index] of indices.entries()) {
    const frame = frameOf(originals.get(position), shape);
    const objects = (found[position] ?? []).flatMap(({ box, ...one }) => {
      const inImage = boxInImage(box, frame, shape);
      return inImage === undefined ? [] : [{ ...one, box: inImage }];
    });
    putScores(objects, classes, scores, index);
    images.set(index, { objects, frame });
  }
  return { images, scores };
}
