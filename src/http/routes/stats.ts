import { Router } from 'express';
import { toModelFrame, toStatsFrame } from '../frames';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';
import type { StatsAnswer } from '../wire';

/** Numbers about everything since the start: `/stats` has them all, `/confusion` and `/lag` one each. */
export function statsRoutes(services: HttpServices): Router {
  const router = Router();

  router.get('/stats', (_request, response) => {
    const answer: StatsAnswer = {
      ...toStatsFrame(services),
      ...toModelFrame(services),
      lag: services.lag(),
      confusion: services.results.confusion(),
    };
    response.json(answer);
  });

  router.get('/confusion', (_request, response) => {
    const classes = Object.keys(services.results.stats().classes);
    response.json({ classes, confusion: services.results.confusion() });
  });

  router.get('/lag', (_request, response) => {
    const lag = services.lag();
    response.json({ messages: lag.reduce((sum, { messages }) => sum + messages, 0), partitions: lag });
  });

  router.all(['/stats', '/confusion', '/lag'], methodNotAllowed('GET'));
  return router;
}
