import { StreamInferError } from '../../core/errors';
import type { ModelIdentity, Prediction } from '../../core/prediction';
import type { HttpServices, ImageToClassify } from '../services';

/** Most attempts of a request; a model swap takes longer than one attempt. */
const MAX_ATTEMPTS = 3;

/**
 * Classifies all images of a request with one model version, and repeats that after a model swap. Rejects with
 * MODEL_BUSY if the model keeps changing.
 *
 * @param resolveModel returns the model of the request; throws NOT_FOUND if it is not active
 */
export async function classifyWithOneVersion(
  services: Pick<HttpServices, 'classifyAll'>,
  images: readonly ImageToClassify[],
  resolveModel: () => ModelIdentity,
): Promise<{ readonly model: ModelIdentity; readonly predictions: readonly Prediction[] }> {
  for (let attempt = 1; ; attempt++) {
    const model = resolveModel();
    const classified = await services.classifyAll(images);
    const predictions = classified.map(({ prediction }) => prediction);
    if (predictions.every((prediction) => prediction.model.version === model.version))
      return { model, predictions };
    if (attempt === MAX_ATTEMPTS)
      throw new StreamInferError('MODEL_BUSY', 'The model was swapped during the request; try again.');
  }
}
