import { StreamInferError } from '../../core/errors';
import type { ModelIdentity, Prediction } from '../../core/prediction';
import type { HttpServices, ImageToClassify } from '../services';

/** Most attempts of a request; a model swap takes longer than one attempt. */
const MOST_TRIES = 3;

/**
 * Classifies all images of a request with one model version, and repeats that after a model swap. Rejects with
 * MODEL_BUSY if the model keeps changing.
 *
 * @param named returns the model of the request; throws NOT_FOUND if it is not active
 */
export async function classifyByOne(
  services: Pick<HttpServices, 'classifyAll'>,
  images: readonly ImageToClassify[],
  named: () => ModelIdentity,
): Promise<{ readonly model: ModelIdentity; readonly predictions: readonly Prediction[] }> {
  for (let tries = 1; ; tries++) {
    const wanted = named();
    const classified = await services.classifyAll(images);
    const predictions = classified.map(({ prediction }) => prediction);
    if (predictions.every((prediction) => prediction.model.version === wanted.version))
      return { model: wanted, predictions };
    if (tries === MOST_TRIES)
      throw new StreamInferError('MODEL_BUSY', 'The model was swapped during the request; try again.');
  }
}
