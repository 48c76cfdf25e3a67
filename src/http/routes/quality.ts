import { Router } from 'express';
import { confusion, history } from '../openapi/answers';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';
import { historyQuery, validate } from '../validation';
import type { ConfusionAnswer, HistoryAnswer } from '../wire';

/** How good the predictions are, over everything that the results store has seen, and how many there were each minute. */
export function qualityRoutes({ results }: HttpServices): Router {
  const router = Router();

  router.get('/confusion', describe(CONFUSION), async (_request, response) => {
    const answer: ConfusionAnswer = await results.confusion();
    response.json(answer);
  });

  router.get('/history', describe(HISTORY), async (request, response) => {
    const { minutes } = validate(historyQuery, request.query);
    const answer: HistoryAnswer = { minutes: await results.history(minutes) };
    response.json(answer);
  });

  router.all(['/confusion', '/history'], methodNotAllowed('GET'));
  return router;
}

const CONFUSION: Operation = {
  paths: ['/api/v1/confusion'],
  tag: 'predictions',
  summary: 'Confusion matrix, quality by class, and confidence',
  description: 'Over everything that the results store has seen.',
  answer: { 'application/json': confusion },
};
const HISTORY: Operation = {
  paths: ['/api/v1/history'],
  tag: 'predictions',
  summary: 'How much became durable in each of the last minutes',
  query: historyQuery,
  answer: { 'application/json': history },
};
