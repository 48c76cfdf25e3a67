import { IMAGE_PIXELS, IMAGE_SIDE } from '../../core/image';
import { CLASS_COUNT } from '../../core/labels';
import type { ModelIdentity } from '../../core/prediction';
import { StreamInferError } from '../../core/errors';
import { notFound } from '../problems';
import type { HttpServices } from '../services';

/** The name of the only input, in both protocols. */
export const INPUT = 'image';
/** Images in one request: half of what the interactive lane holds, so that two such requests fit. */
export const MAX_IMAGES = 128;
/** JSON is parsed on the main thread, which has to answer others meanwhile; 128 images as FP32 text have some 2.2 MB. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** The shapes of `n` images. The last two are the first one without what everybody knows. */
export const IMAGE_SHAPES: readonly (readonly number[])[] = [
  [IMAGE_SIDE, IMAGE_SIDE, 1],
  [IMAGE_SIDE, IMAGE_SIDE],
  [IMAGE_PIXELS],
];

/** -1 stands for any number of images. */
export const INPUT_SHAPE = [-1, IMAGE_SIDE, IMAGE_SIDE, 1];
export const PROBABILITIES_SHAPE = [-1, CLASS_COUNT];

/**
 * The model that a path names. Throws NOT_READY while no model is loaded, NOT_FOUND for any other name or version.
 */
export function modelOf(services: HttpServices, name: string, version?: string): ModelIdentity {
  const model = services.model();
  if (model === null) throw new StreamInferError('NOT_READY', 'The model is being loaded.');
  if (name !== model.name)
    throw notFound(`There is no model ${JSON.stringify(name)}; ${model.name} is served.`);
  if (version !== undefined && version !== String(model.version)) {
    throw notFound(
      `There is no version ${JSON.stringify(version)} of ${name}; version ${model.version} is served.`,
    );
  }
  return model;
}
