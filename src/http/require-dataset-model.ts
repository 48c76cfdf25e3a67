import { StreamInferError } from '../core/errors';
import { isFashionMnist } from '../core/model-shape';
import type { HttpServices } from './services';

/**
 * Throws BAD_REQUEST if the active model does not take the images of the dataset: they would become dead letters.
 * Passes where the model is not known, as in `serve`.
 */
export function requireDatasetModel({ modelDescription }: Pick<HttpServices, 'modelDescription'>): void {
  const shape = modelDescription()?.shape;
  if (shape === undefined || isFashionMnist(shape)) return;
  throw new StreamInferError(
    'BAD_REQUEST',
    "the dataset has Fashion-MNIST's images, which the active model does not take; " +
      'send your own to POST /api/v1/classify, or, to a broker outside this process, with the command publish --images',
  );
}
