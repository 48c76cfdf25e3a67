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

/** How good the predictions are, over everything that the results store has seen, and how many there were each minute. */
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

/** Of a process that makes no predictions itself. */
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
  description: 'Over everything that the results store has seen.',
  answer: { 'application/json': confusionAnswer },
};
const DRIFT: Operation = {
  paths: ['/api/v1/drift'],
  tag: 'predictions',
  summary: "How far the latest predictions are from the model's baseline",
  description:
    'Classes, confidence, brightness and contrast in blocks of predictions, since the process started.',
  answer: { 'application/json': driftAnswer },
};
const TRAINING: Operation = {
  paths: ['/api/v1/training'],
  tag: 'process',
  summary: 'How the model that serves was trained: loss and accuracy by epoch',
  description: 'From its manifest.',
  answer: { 'application/json': trainingAnswer },
};
const HISTORY: Operation = {
  paths: ['/api/v1/history'],
  tag: 'predictions',
  summary: 'How much became durable in each of the last minutes',
  query: historyQuery,
  answer: { 'application/json': historyAnswer },
};
