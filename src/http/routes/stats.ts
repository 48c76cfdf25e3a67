import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { toModelFrame, toStatsFrame, totalLag } from '../frames';
import { methodNotAllowed } from '../problems';
import { lagAnswer, type LagAnswer } from '../schemas/lag';
import { loadHistoryAnswer, loadHistoryQuery, type LoadHistoryAnswer } from '../schemas/load-history';
import { statsAnswer, type StatsAnswer } from '../schemas/stats';
import type { HttpServices } from '../services';
import { validate } from '../validation';

/** `/stats`: all counters of this process. `/lag`: its consumer lag. `/load-history`: its rates and latencies. */
export function statsRoutes(services: HttpServices): Router {
  const router = Router();

  router.get('/stats', describe(STATS), async (_request, response) => {
    const confusion = await services.results.matrix();
    const lag = services.lag();
    const answer: StatsAnswer = {
      ...toStatsFrame(services, lag),
      ...toModelFrame(services),
      lag,
      confusion,
    };
    response.json(answer);
  });

  router.get('/lag', describe(LAG), (_request, response) => {
    response.json(toLag(services));
  });

  router.get('/load-history', describe(LOAD_HISTORY), (request, response) => {
    const { window } = validate(loadHistoryQuery, request.query);
    const answer: LoadHistoryAnswer = { points: services.loadHistory?.(window) ?? [] };
    response.json(answer);
  });

  router.all(['/stats', '/lag', '/load-history'], methodNotAllowed('GET'));
  return router;
}

function toLag(services: HttpServices): LagAnswer {
  const partitions = services.lag().map((lag) => ({ ...lag, seconds: services.lagSeconds(lag) }));
  const seconds = partitions.flatMap((partition) => partition.seconds ?? []);
  const { paused } = services.health();
  return {
    messages: totalLag(partitions),
    seconds: seconds.length === 0 ? null : Math.max(...seconds),
    partitions,
    ...(paused && { paused }),
  };
}

const STATS: Operation = {
  paths: ['/api/v1/stats'],
  tag: 'stream',
  summary: 'Counts, rates, latencies and lag',
  answer: { 'application/json': statsAnswer },
};
const LAG: Operation = {
  paths: ['/api/v1/lag'],
  tag: 'stream',
  summary: 'Consumer lag',
  answer: { 'application/json': lagAnswer },
};
const LOAD_HISTORY: Operation = {
  paths: ['/api/v1/load-history'],
  tag: 'stream',
  summary: 'Rates and latencies of the last 5 minutes, hour or day',
  description: 'Of this process, since its start.',
  query: loadHistoryQuery,
  answer: { 'application/json': loadHistoryAnswer },
};
