import { Router } from 'express';
import { z } from 'zod';
import { partitionLag, stats } from '../openapi/answers';
import { describe, type Operation } from '../openapi/operation';
import { toModelFrame, toStatsFrame } from '../frames';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';
import type { StatsAnswer } from '../wire';

/** Numbers about everything since the start: `/stats` has them all, `/confusion` and `/lag` one each. */
export function statsRoutes(services: HttpServices): Router {
  const router = Router();

  router.get('/stats', describe(STATS), (_request, response) => {
    const answer: StatsAnswer = {
      ...toStatsFrame(services),
      ...toModelFrame(services),
      lag: services.lag(),
      confusion: services.results.confusion(),
    };
    response.json(answer);
  });

  router.get('/confusion', describe(CONFUSION), (_request, response) => {
    const classes = Object.keys(services.results.stats().classes);
    response.json({ classes, confusion: services.results.confusion() });
  });

  router.get('/lag', describe(LAG), (_request, response) => {
    const lag = services.lag();
    response.json({ messages: lag.reduce((sum, { messages }) => sum + messages, 0), partitions: lag });
  });

  router.all(['/stats', '/confusion', '/lag'], methodNotAllowed('GET'));
  return router;
}

const STATS: Operation = {
  paths: ['/api/v1/stats'],
  tag: 'stream',
  summary: 'Counts, rates, latencies and lag',
  answer: { 'application/json': stats },
};
const CONFUSION: Operation = {
  paths: ['/api/v1/confusion'],
  tag: 'stream',
  summary: 'The confusion matrix: rows are truths, columns are labels',
  answer: {
    'application/json': z.looseObject({ classes: z.array(z.string()), confusion: z.array(z.array(z.int())) }),
  },
};
const LAG: Operation = {
  paths: ['/api/v1/lag'],
  tag: 'stream',
  summary: 'How far the reader is behind',
  answer: { 'application/json': z.looseObject({ messages: z.int(), partitions: z.array(partitionLag) }) },
};
