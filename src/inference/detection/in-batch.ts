import { boxInImage, frameOf } from '../../codec/frame';
import type { FoundInImage } from '../../codec/object-writer';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import { bytesPerImage, type ModelShape } from '../../core/model-shape';
import type { OriginalImage } from '../../core/picture';
import type { RefusedItem } from '../protocol';
import type { ModelRuntime } from '../runtimes/runtime';
import { putScores, type ImageObjects } from './objects';

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
 * object that is completely in the bars around an image is none. Images with an invalid output of the model are refused.
 */
export async function detectObjects(
  runtime: Pick<ModelRuntime, 'detect'>,
  { pixels, indices, decoded, shape }: PackedImages,
  size: number,
): Promise<{
  readonly images: FoundInBatch;
  readonly scores: Float32Array<ArrayBuffer>;
  readonly refused: readonly RefusedItem[];
}> {
  if (runtime.detect === undefined)
    throw new StreamInferError('INTERNAL', 'the runtime does not execute models that find objects');
  const detect = runtime.detect.bind(runtime);
  const classes = shape.labels.length;
  const scores = new Float32Array(size * classes);
  const images = new Map<number, FoundInImage>();
  const refused: RefusedItem[] = [];
  const originals = new Map(decoded.map(({ position, original }) => [position, original]));
  const imageBytes = bytesPerImage(shape);
  for (const [position, index] of indices.entries()) {
    const image = pixels.subarray(position * imageBytes, (position + 1) * imageBytes);
    const found = await objectsIn(detect, image);
    if (isStreamInferError(found)) {
      refused.push({ index, code: 'OUTPUT_INVALID', message: found.message, attempts: 1 });
      continue;
    }
    const frame = frameOf(originals.get(position), shape);
    const objects = found.flatMap(({ box, ...one }) => {
      const inImage = boxInImage(box, frame, shape);
      return inImage === undefined ? [] : [{ ...one, box: inImage }];
    });
    putScores(objects, classes, scores, index);
    images.set(index, { objects, frame });
  }
  return { images, scores, refused };
}

/** The error is returned if the model's output is invalid for this image. */
async function objectsIn(
  detect: NonNullable<ModelRuntime['detect']>,
  image: Uint8Array,
): Promise<ImageObjects | StreamInferError> {
  try {
    const [objects = []] = await detect(image, 1);
    return objects;
  } catch (error) {
    if (isStreamInferError(error) && error.code === 'MODEL_UNSUPPORTED') return error;
    throw error;
  }
}
