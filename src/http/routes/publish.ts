import { Router, type Request, type Response } from 'express';
import { methodNotAllowed, notFound } from '../problems';
import { jsonBody } from '../json-body';
import type { HttpServices, PublishJob, PublishRequest } from '../services';
import { publishBody, validate } from '../validation';

/** Jobs that publish a range of the dataset. */
export function publishRoutes({ broker, publishing }: HttpServices): Router {
  const router = Router();

  router.post('/publish', jsonBody('16kb'), async (request: Request, response: Response) => {
    const { rate, ...fields } = validate(publishBody, request.body);
    const publish: PublishRequest = { broker, ...fields, ...(rate !== undefined && { rate }) };
    const job = await publishing.start(publish);
    response
      .status(202)
      .location(`/api/v1/publish/${encodeURIComponent(job.id)}`)
      .json(job);
  });
  router.get('/publish', (_request, response) => void response.json({ jobs: publishing.list() }));
  router.get('/publish/:job', (request, response) => {
    response.json(found(publishing.get(request.params.job), request.params.job));
  });
  router.delete('/publish/:job', (request, response) => {
    response.json(found(publishing.cancel(request.params.job), request.params.job));
  });

  router.all('/publish', methodNotAllowed('GET', 'POST'));
  router.all('/publish/:job', methodNotAllowed('GET', 'DELETE'));
  return router;
}

function found(job: PublishJob | undefined, id: string): PublishJob {
  if (job === undefined) throw notFound(`There is no publish job ${JSON.stringify(id)}.`);
  return job;
}
