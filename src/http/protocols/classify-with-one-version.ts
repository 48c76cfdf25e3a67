import { StreamInferError } from '../../core/errors';
import type { ModelIdentity } from '../../core/prediction';
import { badFields } from '../problems';
import type { Classified, HttpServices, ImageToClassify, ScoredImage } from '../services';

/** Images classified at once: half of the interactive lane, so two requests fit. */
const AT_ONCE = 128;
/** Most attempts of a request; a model swap takes longer than one attempt. */
const MAX_ATTEMPTS = 3;

/** An image as pixels or a file, or as the numbers that the network is fed. */
export type RequestedImage = ImageToClassify | Float32Array;

type Classifying = Pick<HttpServices, 'classifyAll' | 'classifyNumbers'>;

/**
 * Classifies all images of a request with one model version, and repeats that after a model swap. Rejects with
 * MODEL_BUSY if the model keeps changing. More images than fit into the queue follow each other in parts.
 *
 * @param resolveModel returns the model of the request; throws NOT_FOUND if it is not active
 */
export async function classifyWithOneVersion(
  services: Classifying,
  images: readonly RequestedImage[],
  resolveModel: () => ModelIdentity,
): Promise<{ readonly model: ModelIdentity; readonly classified: readonly ScoredImage[] }> {
  for (let attempt = 1; ; attempt++) {
    const model = resolveModel();
    const classified = await classifyInParts(services, images);
    if (classified.every((one) => one.model.version === model.version)) return { model, classified };
    if (attempt === MAX_ATTEMPTS)
      throw new StreamInferError('MODEL_BUSY', 'the model was swapped during the request; try again');
  }
}

async function classifyInParts(
  services: Classifying,
  images: readonly RequestedImage[],
): Promise<readonly ScoredImage[]> {
  const classified: ScoredImage[] = [];
  for (let from = 0; from < images.length; from = classified.length)
    classified.push(...(await classifyPart(services, images.slice(from, from + AT_ONCE), from)));
  return classified;
}

/** Classifies the first images that are of one kind. */
async function classifyPart(
  services: Classifying,
  images: readonly RequestedImage[],
  from: number,
): Promise<readonly ScoredImage[]> {
  const files = first(images, (one): one is ImageToClassify => !isNumbers(one));
  if (files.length > 0) return (await services.classifyAll(files, from)).map(toScored);
  const numbers = first(images, isNumbers);
  const scored = await services.classifyNumbers(concatenated(numbers), numbers.length);
  const bad = scored.findIndex(({ scores }) => !scores.every(Number.isFinite));
  if (bad < 0) return scored;
  const message = 'the numbers of an image must lead to scores that are numbers';
  throw badFields([{ field: `image ${from + bad}`, value: 'scores that are not', message }]);
}

function first<T extends RequestedImage>(
  images: readonly RequestedImage[],
  is: (one: RequestedImage) => one is T,
): T[] {
  const end = images.findIndex((one) => !is(one));
  return images.slice(0, end < 0 ? images.length : end) as T[];
}

function isNumbers(image: RequestedImage): image is Float32Array {
  return ArrayBuffer.isView(image);
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const size = parts[0]?.length ?? 0;
  const all = new Float32Array(parts.length * size);
  for (const [at, part] of parts.entries()) all.set(part, at * size);
  return all;
}

function toScored({ prediction: { label, className, model }, scores }: Classified): ScoredImage {
  return { label, className, model, scores };
}
