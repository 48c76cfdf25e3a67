import express, { Router, type Request, type Response } from 'express';
import { BROKER_KINDS, type BrokerKind } from '../../core/message';
import { parseJsonBody } from '../json-body';
import { describe, type Operation } from '../openapi/operation';
import { refuseMethod } from '../problems';
import { requireDatasetModel } from '../require-dataset-model';
import { checkOriginAlways } from '../security';
import {
  pushedJob,
  pushedPredictions,
  pushToConsumerField,
  pushToConsumerFields,
  type PublishRequest,
  type PushedPredictions,
} from '../schemas/publish';
import type { HttpServices } from '../services';
import { validate } from '../validation';

/**
 * `/{broker}/push-to-consumer?start_idx=&end_idx=`: publishes a range of the dataset, for forms and curl. Answers with
 * the job, or with the predictions if `wait=true`.
 */
export function pushToConsumerRoutes(services: HttpServices): Router {
  const router = Router();
  const bodies = [express.urlencoded({ extended: false, limit: '16kb' }), parseJsonBody('16kb')];
  for (const broker of BROKER_KINDS) {
    const path = `/${broker}/push-to-consumer`;
    // Express would answer HEAD like GET, which publishes.
    router.head(path, refuseMethod(['GET', 'POST']));
    // A link or an image of another site could trigger this GET, which publishes.
    router.get(path, describe(pushing(path)), checkOriginAlways(), (request, response) =>
      push(services, broker, request, response),
    );
    router.post(path, describe(pushingForm(path)), bodies, (request: Request, response: Response) =>
      push(services, broker, request, response),
    );
    router.all(path, refuseMethod(['GET', 'POST']));
  }
  return router;
}

async function push(
  services: HttpServices,
  broker: BrokerKind,
  request: Request,
  response: Response,
): Promise<void> {
  const {
    start_idx: start,
    end_idx: end,
    split,
    rate,
    wait,
  } = validate(pushToConsumerFields, sentFields(request));
  requireDatasetModel(services);
  const publish: PublishRequest = { broker, split, start, end, ...(rate !== undefined && { rate }) };
  if (!wait) {
    response.status(202).json({ job: await services.publishing.start(publish) });
    return;
  }
  const predictions = await services.publishing.publishAndWait(publish, abortedWith(response));
  const answer: PushedPredictions = {
    count: predictions.length,
    predictions: predictions.map(({ id, label, className, truth, correct, confidence }, at) => ({
      id,
      index: start + at,
      label,
      className,
      truth,
      correct,
      confidence,
    })),
  };
  response.json(answer);
}

function sentFields(request: Request): unknown {
  const body: unknown = request.body;
  if (body === undefined || body === null) return request.query;
  return typeof body === 'object' && !Array.isArray(body) ? { ...request.query, ...body } : body;
}

/** Aborts when the client disconnects before the answer. */
function abortedWith(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function pushing(path: string): Operation {
  return {
    paths: [path],
    tag: 'publish',
    summary: 'Publish test images and optionally wait for the predictions',
    description:
      'With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.',
    query: pushToConsumerField,
    status: 202,
    answer: { 'application/json': pushedJob },
    also: { 200: { 'application/json': pushedPredictions } },
    errors: [502, 503, 504],
  };
}

/** The fields may be in the query, in the body, or in both. */
function pushingForm(path: string): Operation {
  const fields = pushToConsumerField.partial();
  const body = { 'application/x-www-form-urlencoded': fields, 'application/json': fields };
  return { ...pushing(path), query: fields, body, bodyOptional: true };
}
