import { StreamInferError } from '../../core/errors';
import type { ModelIdentity } from '../../core/prediction';
import type { Classified, HttpServices, ImageToClassify } from '../services';

/** Images classified at once: half of the interactive lane, so two requests fit. */
const AT_ONCE = 128;
/** Most attempts of a request; a model swap takes longer than one attempt. */
const MAX_ATTEMPTS = 3;

/**
 * Classifies all images of a request with one model version, and repeats that after a model swap. Rejects with
 * MODEL_BUSY if the model keeps changing. More images than fit into the queue follow each other in parts.
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
    const classified = await classifyInParts(services, images);
    if (classified.every(({ prediction }) => prediction.model.version === model.version))
      return { model, classified };
    if (attempt === MAX_ATTEMPTS)
      throw new StreamInferError('MODEL_BUSY', 'The model was swapped during the request; try again.');
  }
}

async function classifyInParts(
  services: Pick<HttpServices, 'classifyAll'>,
  images: readonly ImageToClassify[],
): Promise<readonly Classified[]> {
  if (images.length <= AT_ONCE) return await services.classifyAll(images);
  const classified: Classified[] = [];
  for (let from = 0; from < images.length; from += AT_ONCE)
    classified.push(...(await services.classifyAll(images.slice(from, from + AT_ONCE), from)));
  return classified;
}
