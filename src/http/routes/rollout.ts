import { Router, type Request, type Response } from 'express';
import { jsonBody } from '../json-body';
import { describe, type Operation } from '../openapi/operation';
import { requireModels } from '../require-models';
import { methodNotAllowed } from '../problems';
import { rolloutAnswer, startRolloutBody, type RolloutAnswer } from '../schemas/rollout';
import type { HttpServices } from '../services';
import { validate } from '../validation';

const PATH = '/models/rollout';

/** Canary and shadow rollouts. */
export function rolloutRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(PATH, describe(GET), (_request, response) => {
    const answer: RolloutAnswer = { rollout: requireModels(services).rollout() };
    response.json(answer);
  });
  router.post(PATH, describe(START), jsonBody('16kb'), async (request: Request, response: Response) => {
    const body = validate(startRolloutBody, request.body);
    const rollout = await requireModels(services).startRollout({
      mode: body.mode,
      share: body.mode === 'canary' ? body.percent / 100 : 1,
      ...(body.version !== undefined && { version: body.version }),
    });
    const answer: RolloutAnswer = { rollout };
    response.json(answer);
  });
  router.delete(PATH, describe(END), async (_request, response) => {
    await requireModels(services).endRollout();
    const answer: RolloutAnswer = { rollout: null };
    response.json(answer);
  });
  router.all(PATH, methodNotAllowed('GET', 'POST', 'DELETE'));
  return router;
}

const COMMON = {
  tag: 'process',
  paths: ['/api/v1/models/rollout'],
  answer: { 'application/json': rolloutAnswer },
} as const satisfies Partial<Operation>;

const GET: Operation = {
  ...COMMON,
  summary: 'Rollout state: candidate compared with the active version',
  errors: [501, 503],
};
const START: Operation = {
  ...COMMON,
  summary: 'Start a canary with a share of the keys, or a shadow of all messages',
  description:
    'Answers when the candidate gets images. It must pass the same checks as a loaded version. Predictions of a canary are ' +
    'published; those of a shadow are compared, and disagreements are published to their own topic. Loading the version ' +
    'promotes it and ends the rollout.',
  body: { 'application/json': startRolloutBody },
  errors: [404, 409, 501, 503],
};
const END: Operation = {
  ...COMMON,
  summary: 'Stop the rollout; all messages go to the active version',
  errors: [409, 501, 503],
};
