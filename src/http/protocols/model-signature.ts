import { IMAGE_PIXELS, IMAGE_SIDE } from '../../core/image';
import { CLASS_COUNT } from '../../core/labels';
import type { ModelIdentity } from '../../core/prediction';
import { notFound } from '../problems';
import { requireModel } from '../require-models';
import type { HttpServices } from '../services';

/** Name of the only input, in both protocols. */
export const INPUT = 'image';
/** Most images in a request: half of the interactive lane, so two such requests fit. */
export const MAX_IMAGES = 128;
/** JSON is parsed on the main thread and must not block it; 128 images as FP32 text have about 2.2 MB. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** Accepted shapes of an image. */
export const IMAGE_SHAPES: readonly (readonly number[])[] = [
  [IMAGE_SIDE, IMAGE_SIDE, 1],
  [IMAGE_SIDE, IMAGE_SIDE],
  [IMAGE_PIXELS],
];

/** -1 stands for any number of images. */
export const INPUT_SHAPE = [-1, IMAGE_SIDE, IMAGE_SIDE, 1];
export const PROBABILITIES_SHAPE = [-1, CLASS_COUNT];

/** The model named in a path. Throws as `requireModel` does, and NOT_FOUND for another name or version. */
export function modelOf(services: HttpServices, name: string, version?: string): ModelIdentity {
  const model = requireModel(services);
  if (name !== model.name)
    throw notFound(`Model ${JSON.stringify(name)} does not exist; the active model is ${model.name}.`);
  if (version !== undefined && version !== String(model.version)) {
    throw notFound(
      `Version ${JSON.stringify(version)} of ${name} is not active; version ${model.version} is.`,
    );
  }
  return model;
}
