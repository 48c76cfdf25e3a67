import { Router, type Request, type Response } from 'express';
import { jsonBody } from '../json-body';
import { describe, type Operation } from '../openapi/operation';
import { operatorOf } from '../operator-of';
import { methodNotAllowed } from '../problems';
import { retrainBody, retrainingAnswer, type RetrainingAnswer } from '../schemas/labels';
import type { HttpServices } from '../services';
import { validate } from '../validation';
import { requireLabels, whyOff } from './labels';

const PATH = '/labels/retraining';
const MAX_BODY = '16kb';

/** Trains a candidate from the labels. */
export function retrainingRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(PATH, describe(STATE), async (_request, response) => {
    const off = whyOff(services);
    const answer: RetrainingAnswer =
      off === null ? await requireLabels(services).retraining.state() : { off, job: null };
    response.json(answer);
  });
  router.post(PATH, describe(START), jsonBody(MAX_BODY), async (request: Request, response: Response) => {
    const { retraining } = requireLabels(services);
    const operator = operatorOf(request, validate(retrainBody, request.body));
    const answer: RetrainingAnswer = await retraining.start(operator);
    response.status(202).json(answer);
  });
  router.all(PATH, methodNotAllowed('GET', 'POST'));
  router.post(
    `${PATH}/cancel`,
    describe(CANCEL),
    jsonBody(MAX_BODY),
    async (request: Request, response: Response) => {
      const { retraining } = requireLabels(services);
      const operator = operatorOf(request, validate(retrainBody, request.body));
      const answer: RetrainingAnswer = await retraining.cancel(operator);
      response.json(answer);
    },
  );
  router.all(`${PATH}/cancel`, methodNotAllowed('POST'));
  return router;
}

const COMMON = {
  tag: 'labels',
  answer: { 'application/json': retrainingAnswer },
  errors: [403, 501, 503],
} as const satisfies Partial<Operation>;

const STATE: Operation = {
  ...COMMON,
  paths: ['/api/v1/labels/retraining'],
  summary: 'The present or last training from labels, and why none can be started',
};
const START: Operation = {
  ...COMMON,
  paths: ['/api/v1/labels/retraining'],
  summary: 'Train a candidate from the labels',
  description:
    'One at a time, in a process of its own at low priority. The candidate is written if it is better on labelled images that ' +
    'were held out and loses at most 0.3 points on the test images. Then it starts as a shadow, after the same checks as a ' +
    'loaded version.',
  body: { 'application/json': retrainBody },
  status: 202,
  errors: [403, 409, 501, 503],
};
const CANCEL: Operation = {
  ...COMMON,
  paths: ['/api/v1/labels/retraining/cancel'],
  summary: 'Cancel the training; nothing is written',
  body: { 'application/json': retrainBody },
};
