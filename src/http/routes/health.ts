import { Router, type Response } from 'express';
import { z } from 'zod';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, sendProblem } from '../problems';
import { readyAnswer } from '../schemas/health';
import type { HttpServices } from '../services';

/** `/livez`: the event loop turns. `/readyz` and `/healthz`: model warm and broker connected, else 503 with the reasons. */
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
  sendProblem(response, 'NOT_READY', health.reasons.join(' ') || 'Not ready yet.', {
    members: { ...health, store: services.results.status() },
  });
}

const COMMON = { tag: 'process', open: true, unlimited: true } as const;

const LIVE: Operation = {
  ...COMMON,
  paths: ['/livez'],
  summary: 'Whether the process is alive',
  answer: { 'application/json': z.object({ alive: z.literal(true) }) },
};
const READY: Operation = {
  ...COMMON,
  paths: ['/readyz', '/healthz'],
  summary: 'Whether the model is warm and the broker connected; the reasons when not',
  answer: { 'application/json': readyAnswer },
  errors: [503],
};
