import { Router } from 'express';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';
import { historyQuery, validate } from '../validation';
import type { ConfusionAnswer, HistoryAnswer } from '../wire';

/** How good the predictions are, over everything that the results store has seen, and how many there were each minute. */
export function qualityRoutes({ results }: HttpServices): Router {
  const router = Router();

  router.get('/confusion', async (_request, response) => {
    const answer: ConfusionAnswer = await results.confusion();
    response.json(answer);
  });

  router.get('/history', async (request, response) => {
    const { minutes } = validate(historyQuery, request.query);
    const answer: HistoryAnswer = { minutes: await results.history(minutes) };
    response.json(answer);
  });

  router.all(['/confusion', '/history'], methodNotAllowed('GET'));
  return router;
}
