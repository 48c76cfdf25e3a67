import { Router, type Response } from 'express';
import { z } from 'zod';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, sendProblem } from '../problems';
import { readyAnswer } from '../schemas/health';
import type { HttpServices } from '../services';

/** `/livez`: the event loop runs. `/readyz` and `/healthz`: model warm and broker connected, otherwise 503 with reasons. */
export function healthRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(
    '/livez',
    describe(LIVE),
    (_request, response) => void response.set('Cache-Control', 'no-store').json({ alive: true }),
  );
  router.get(['/readyz', '/healthz'], describe(READY), (_request, response) =>
    answerHealth(services, response),
  );
  router.all(['/livez', '/readyz', '/healthz'], methodNotAllowed('GET'));
  return router;
}

function answerHealth(services: HttpServices, response: Response): void {
  const health = services.health();
  if (health.ready) {
    const { version, broker } = services;
    response
      .set('Cache-Control', 'no-store')
      .json({ ...health, version, broker, model: services.model(), store: services.results.status() });
    return;
  }
  sendProblem(response, 'NOT_READY', health.reasons.join(' ') || 'The process is starting.', {
    members: { ...health, store: services.results.status() },
  });
}

const COMMON = { tag: 'process', open: true, unlimited: true } as const;

const LIVE: Operation = {
  ...COMMON,
  paths: ['/livez'],
  summary: 'Liveness probe',
  answer: { 'application/json': z.object({ alive: z.literal(true) }) },
};
const READY: Operation = {
  ...COMMON,
  paths: ['/readyz', '/healthz'],
  summary: 'Readiness probe: model warm and broker connected, otherwise the reasons',
  answer: { 'application/json': readyAnswer },
  errors: [503],
};
