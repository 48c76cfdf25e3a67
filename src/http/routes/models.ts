import { Router } from 'express';
import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import { predictionVersionOf, topOf } from '../../core/model-description';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { requireModels } from '../require-models';
import { modelAnswer, modelsAnswer, type ModelAnswer, type ModelsAnswer } from '../schemas/models';
import { versionText } from '../schemas/request-fields';
import { versionDetails, type VersionDetailsAnswer } from '../schemas/version-details';
import type { HttpServices } from '../services';
import { validate } from '../validation';

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
  router.get('/models/versions/:version', describe(DETAILS), async (request, response) => {
    const { version } = validate(detailsPath, request.params);
    const answer: VersionDetailsAnswer = await requireModels(services).details(Number(version));
    response.json(answer);
  });
  router.all(['/model', '/models', '/models/versions/:version'], methodNotAllowed('GET'));
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

const detailsPath = z.object({ version: versionText });

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
const DETAILS: Operation = {
  tag: 'process',
  paths: ['/api/v1/models/versions/{version}'],
  summary: 'One version: its training by epoch, and its calibration on held-out images',
  description: 'From its manifest.',
  parameters: { version: versionText.describe('Version of the model.') },
  answer: { 'application/json': versionDetails },
  errors: [404, 501, 503],
};
