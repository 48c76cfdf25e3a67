import { Router } from 'express';
import { methodNotAllowed } from '../problems';
import type { HttpServices } from '../services';
import type { ConfigAnswer } from '../wire';

/** The settings in force and where each came from. */
export function configRoutes({ settings }: HttpServices): Router {
  const router = Router();
  router.get('/config', (_request, response) => {
    const answer: ConfigAnswer = { settings };
    response.json(answer);
  });
  router.all('/config', methodNotAllowed('GET'));
  return router;
}
