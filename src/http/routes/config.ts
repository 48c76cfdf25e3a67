import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { configAnswer, type ConfigAnswer } from '../schemas/settings';
import type { HttpServices } from '../services';

/** Effective settings with their sources. */
export function configRoutes({ settings }: HttpServices): Router {
  const router = Router();
  router.get('/config', describe(CONFIG), (_request, response) => {
    const answer: ConfigAnswer = { settings };
    response.json(answer);
  });
  router.all('/config', methodNotAllowed('GET'));
  return router;
}

const CONFIG: Operation = {
  paths: ['/api/v1/config'],
  tag: 'process',
  summary: 'Effective settings with their sources',
  description: 'Secrets are masked.',
  answer: { 'application/json': configAnswer },
};
