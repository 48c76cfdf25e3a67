import { Router } from 'express';
import { StreamInferError } from '../../core/errors';
import { predictionVersionOf, topOf } from '../../core/model-description';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { requireModels } from '../require-models';
import { modelAnswer, modelsAnswer, type ModelAnswer, type ModelsAnswer } from '../schemas/models';
import type { HttpServices } from '../services';

/** The active model, and its versions with their scores. */
export function modelRoutes(services: HttpServices): Router {
  const router = Router();
  router.get('/model', describe(ACTIVE), (_request, response) => {
    response.json(activeModel(services));
  });
  router.get('/models', describe(LIST), async (_request, response) => {
    const models = requireModels(services);
    const answer: ModelsAnswer = { control: models.control, versions: await models.list() };
    response.json(answer);
  });
  router.all(['/model', '/models'], methodNotAllowed('GET'));
  return router;
}

/** Throws NOT_READY while no model is known. */
function activeModel(services: HttpServices): ModelAnswer {
  const [model, description] = [services.model(), services.modelDescription()];
  if (model === null || description === null)
    throw new StreamInferError('NOT_READY', 'no model is known yet; try again shortly');
  const { height, width, channels, invert, labels } = description.shape;
  return {
    model,
    kind: description.kind,
    width,
    height,
    channels,
    invert,
    labels,
    predictionVersion: predictionVersionOf(description),
    top: topOf(description) ?? null,
    output: description.output.objects ? 'boxes' : 'scores',
    independent: description.output.independent,
  };
}

const ACTIVE: Operation = {
  tag: 'process',
  paths: ['/api/v1/model'],
  summary: 'The active model: its images, its classes and its scores',
  answer: { 'application/json': modelAnswer },
  errors: [503],
};
const LIST: Operation = {
  tag: 'process',
  paths: ['/api/v1/models'],
  summary: 'Model versions with their states',
  answer: { 'application/json': modelsAnswer },
  errors: [501, 503],
};
