import { Router, type Response } from 'express';
import { methodNotAllowed, sendProblem } from '../problems';
import type { HttpServices } from '../services';

/** `/livez`: the event loop turns. `/readyz` and `/healthz`: model warm and broker connected, else 503 with the reasons. */
export function healthRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(
    '/livez',
    (_request, response) => void response.set('Cache-Control', 'no-store').json({ alive: true }),
  );
  router.get(['/readyz', '/healthz'], (_request, response) => answerHealth(services, response));
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
