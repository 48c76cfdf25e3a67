import { Router } from 'express';
import { settings as answerSchema } from '../openapi/answers';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';
import type { ConfigAnswer } from '../wire';

/** The settings in force and where each came from. */
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
  summary: 'The settings in force, and where each came from',
  description: 'Secrets are masked.',
  answer: { 'application/json': answerSchema },
};
