import { Router } from 'express';
import { StreamInferError } from '../../core/errors';
import { definedOnly } from '../defined-only';
import { labelsOf, validateWithLabels } from '../label-query';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import {
  predictionsAnswer,
  predictionsQuery,
  storedPrediction,
  type PredictionsAnswer,
} from '../schemas/predictions';
import type { HttpServices } from '../services';
import { toStoredAnswer } from '../stored-answer';
import { idFromPath } from './id-from-path';

/** Stored predictions: filtered and paged, or one by its id. */
export function predictionRoutes(services: HttpServices): Router {
  const { results } = services;
  const router = Router();

  router.get('/predictions', describe(LIST), async (request, response) => {
    const labels = labelsOf(services);
    const query = validateWithLabels(predictionsQuery, request.query, labels);
    const { limit, order, total: counted, before, disagreed, ...given } = query;
    const conditions = { ...definedOnly(given), ...(disagreed === true && { ids: disagreements(services) }) };
    const byConfidence = order === 'confidence';
    if (byConfidence && given.wrong !== true)
      throw new StreamInferError('BAD_REQUEST', 'order=confidence requires wrong=true');
    // One extra item shows whether there is a next page.
    const sorted = byConfidence && { mostConfident: true as const };
    const page = { ...conditions, ...(before !== undefined && { before }), ...sorted, limit: limit + 1 };
    const [found, total] = await Promise.all([
      results.list(page),
      counted === true ? results.total(conditions) : undefined,
    ]);
    const shown = found.slice(0, limit);
    const answer: PredictionsAnswer = {
      predictions: shown.map(toStoredAnswer),
      next: found.length > limit && !byConfidence ? (shown.at(-1)?.seq ?? null) : null,
      ...(total && { total }),
    };
    response.json(answer);
  });

  router.get('/predictions/*id', describe(ONE), async (request, response) => {
    const id = idFromPath(request.params.id);
    const stored = await results.get(id);
    if (stored === undefined) throw notFound(`Prediction ${JSON.stringify(id)} is not stored.`);
    response.json(toStoredAnswer(stored));
  });

  router.all(['/predictions', '/predictions/*id'], methodNotAllowed('GET'));
  return router;
}

/** Ids of the latest images that the shadow labels differently; few are kept. */
function disagreements(services: HttpServices): string[] {
  return (
    services
      .models()
      ?.rollout()
      ?.latest.map(({ id }) => id) ?? []
  );
}

const LIST: Operation = {
  paths: ['/api/v1/predictions'],
  tag: 'predictions',
  summary: 'Stored predictions, newest first',
  description: 'Pass next as before to get the next page.',
  query: predictionsQuery,
  answer: { 'application/json': predictionsAnswer },
};
const ONE: Operation = {
  paths: ['/api/v1/predictions/{id}'],
  tag: 'predictions',
  summary: 'One prediction',
  parameters: { id: 'Id of the prediction; slashes may be encoded.' },
  answer: { 'application/json': storedPrediction },
};
