import { StreamInferError } from '../../core/errors';
import type { ModelIdentity } from '../../core/prediction';
import type { Classified, HttpServices, ImageToClassify } from '../services';

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
): Promise<{ readonly model: ModelIdentity; readonly classified: readonly Classified[] }> {
  for (let attempt = 1; ; attempt++) {
    const model = resolveModel();
    const classified = await services.classifyAll(images);
    if (classified.every(({ prediction }) => prediction.model.version === model.version))
      return { model, classified };
    if (attempt === MAX_ATTEMPTS)
      throw new StreamInferError('MODEL_BUSY', 'The model was swapped during the request; try again.');
  }
}
