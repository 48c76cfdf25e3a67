import { StreamInferError } from '../../core/errors';
import type { ModelIdentity, Prediction } from '../../core/prediction';
import type { HttpServices, ImageToClassify } from '../services';

/** How often a request is done again: an exchange of the model takes longer than that. */
const MOST_TRIES = 3;

/**
 * All images of one request by one version of the model: when that was exchanged meanwhile, they are classified again.
 *
 * Rejects with MODEL_BUSY when it is exchanged again and again.
 *
 * @param named gives the model that the request names; throws NOT_FOUND when that does not serve (any more)
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
      throw new StreamInferError('MODEL_BUSY', 'The model was exchanged during the request; try again.');
  }
}
