import { roundedScores } from '../core/all-scores';
import { argMax } from '../core/arg-max';
import { StreamInferError } from '../core/errors';
import type { ScoredImage } from '../http/services';
import type { ModelRouter } from '../models/serving/router';

/**
 * Scores images as numbers that the network is fed. They do not pass the pipeline, whose images are pixels.
 *
 * @param router undefined until the model is loaded
 */
export async function scoreNumbers(
  router: Pick<ModelRouter, 'classifyNumbers' | 'description'> | undefined,
  numbers: Float32Array,
  images: number,
): Promise<readonly ScoredImage[]> {
  if (router === undefined)
    throw new StreamInferError('NOT_READY', 'the model is not loaded yet; try again shortly');
  const { labels } = router.description.shape;
  const { scores, model } = await router.classifyNumbers(numbers, images);
  const classes = labels.length;
  return Array.from({ length: images }, (_, at) => {
    const own = scores.subarray(at * classes, (at + 1) * classes);
    const label = argMax(own);
    return { label, className: labels[label] as string, scores: roundedScores(own), model };
  });
}
