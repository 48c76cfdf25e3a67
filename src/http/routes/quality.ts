import { Router } from 'express';
import { SERIOUS_DRIFT } from '../../quality/drift';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { driftAnswer, type DriftAnswer } from '../schemas/drift';
import {
  confusionAnswer,
  historyAnswer,
  historyQuery,
  trainingAnswer,
  type ConfusionAnswer,
  type HistoryAnswer,
  type TrainingAnswer,
} from '../schemas/quality';
import type { HttpServices } from '../services';
import { validate } from '../validation';

/** Confusion matrix, drift, training and history, over all results in the store. */
export function qualityRoutes(services: HttpServices): Router {
  const { results } = services;
  const router = Router();

  router.get('/confusion', describe(CONFUSION), async (_request, response) => {
    const answer: ConfusionAnswer = await results.confusion();
    response.json(answer);
  });

  router.get('/history', describe(HISTORY), async (request, response) => {
    const { minutes } = validate(historyQuery, request.query);
    const answer: HistoryAnswer = { minutes: await results.history(minutes) };
    response.json(answer);
  });

  router.get('/drift', describe(DRIFT), (_request, response) => {
    const answer: DriftAnswer = services.drift?.() ?? NO_DRIFT;
    response.json(answer);
  });

  router.get('/training', describe(TRAINING), (_request, response) => {
    const answer: TrainingAnswer = { model: services.model(), epochs: services.trainingHistory?.() ?? [] };
    response.json(answer);
  });

  router.all(['/confusion', '/history', '/drift', '/training'], methodNotAllowed('GET'));
  return router;
}

/** For a process without a model. */
const NO_DRIFT: DriftAnswer = {
  model: null,
  baseline: null,
  samples: 0,
  above: SERIOUS_DRIFT,
  filling: 0,
  latest: null,
  history: [],
};

const CONFUSION: Operation = {
  paths: ['/api/v1/confusion'],
  tag: 'predictions',
  summary: 'Confusion matrix, quality by class, and confidence',
  description: 'Over all results that the store has received.',
  answer: { 'application/json': confusionAnswer },
};
const DRIFT: Operation = {
  paths: ['/api/v1/drift'],
  tag: 'predictions',
  summary: 'Drift of the latest predictions from the model baseline',
  description:
    'Classes, confidence, brightness and contrast by block of predictions since the process started.',
  answer: { 'application/json': driftAnswer },
};
const TRAINING: Operation = {
  paths: ['/api/v1/training'],
  tag: 'process',
  summary: 'Training history of the active model: loss and accuracy by epoch',
  description: 'From its manifest.',
  answer: { 'application/json': trainingAnswer },
};
const HISTORY: Operation = {
  paths: ['/api/v1/history'],
  tag: 'predictions',
  summary: 'Results per minute',
  query: historyQuery,
  answer: { 'application/json': historyAnswer },
};
