import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';

/** `/metrics` for Prometheus. */
export function metricsRoutes(services: HttpServices): Router {
  const router = Router();
  router.get('/metrics', describe(METRICS), async (_request, response) => {
    const { contentType, text } = await services.metrics();
    // Not `send`, which would rewrite the content type.
    response.set('Content-Type', contentType).end(text);
  });
  router.all('/metrics', methodNotAllowed('GET'));
  return router;
}

const METRICS: Operation = {
  paths: ['/metrics'],
  tag: 'process',
  summary: 'Metrics in the text format of Prometheus',
  answer: { 'text/plain': 'text' },
};
