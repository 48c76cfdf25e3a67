import { Router, type Request, type Response } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import { requireDatasetModel } from '../require-dataset-model';
import { jsonBody } from '../json-body';
import {
  publishBody,
  publishJob,
  publishJobsAnswer,
  type PublishJob,
  type PublishJobsAnswer,
  type PublishRequest,
} from '../schemas/publish';
import type { HttpServices } from '../services';
import { validate } from '../validation';

/** Jobs that publish a range of the dataset. */
export function publishRoutes(services: HttpServices): Router {
  const { broker, publishing } = services;
  const router = Router();

  router.post('/publish', describe(START), jsonBody('16kb'), async (request: Request, response: Response) => {
    const { rate, ...fields } = validate(publishBody, request.body);
    const publish: PublishRequest = { broker, ...fields, ...(rate !== undefined && { rate }) };
    requireDatasetModel(services);
    const job = await publishing.start(publish);
    response
      .status(202)
      .location(`/api/v1/publish/${encodeURIComponent(job.id)}`)
      .json(job);
  });
  router.get('/publish', describe(LIST), (_request, response) => {
    const answer: PublishJobsAnswer = { jobs: publishing.list() };
    response.json(answer);
  });
  router.get('/publish/:job', describe(ONE), (request, response) => {
    response.json(found(publishing.get(request.params.job), request.params.job));
  });
  router.delete('/publish/:job', describe(CANCEL), (request, response) => {
    response.json(found(publishing.cancel(request.params.job), request.params.job));
  });

  router.all('/publish', methodNotAllowed('GET', 'POST'));
  router.all('/publish/:job', methodNotAllowed('GET', 'DELETE'));
  return router;
}

function found(job: PublishJob | undefined, id: string): PublishJob {
  if (job === undefined) throw notFound(`Publish job ${JSON.stringify(id)} does not exist.`);
  return job;
}

const COMMON = {
  tag: 'publish',
  parameters: { job: 'Id of the job.' },
  answer: { 'application/json': publishJob },
} as const satisfies Partial<Operation>;

const START: Operation = {
  ...COMMON,
  paths: ['/api/v1/publish'],
  summary: 'Publish test images, start to end (not included)',
  body: { 'application/json': publishBody },
  status: 202,
  errors: [502, 503, 504],
};
const LIST: Operation = {
  ...COMMON,
  paths: ['/api/v1/publish'],
  summary: 'List the publish jobs',
  answer: { 'application/json': publishJobsAnswer },
};
const ONE: Operation = {
  ...COMMON,
  paths: ['/api/v1/publish/{job}'],
  summary: 'State and progress of a job',
};
const CANCEL: Operation = { ...COMMON, paths: ['/api/v1/publish/{job}'], summary: 'Cancel a job' };
