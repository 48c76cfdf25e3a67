import { Router, type Request, type Response } from 'express';
import type { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import type { Operator, SteeringState } from '../../core/steering';
import { jsonBody } from '../json-body';
import { describe, type Operation } from '../openapi/operation';
import { operatorOf } from '../operator-of';
import { methodNotAllowed } from '../problems';
import {
  rateBody,
  seekAnswer,
  seekBody,
  steeringAnswer,
  steeringBody,
  steeringLogAnswer,
  steeringLogQuery,
  workersBody,
  type SeekAnswer,
  type SteeringAnswer,
  type SteeringLogAnswer,
} from '../schemas/steering';
import type { HttpServices, SteeringService } from '../services';
import { validate } from '../validation';

const PATH = '/steering';
const MAX_BODY = '16kb';

/** Pause, resume, limit and drain the stream of this process. */
export function steeringRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(PATH, describe(STATE), (_request, response) => {
    const answer: SteeringAnswer = requireSteering(services).state();
    response.json(answer);
  });
  router.get(`${PATH}/log`, describe(LOG), (request, response) => {
    const { limit, before } = validate(steeringLogQuery, request.query);
    const found = requireSteering(services).history(limit + 1, before);
    const entries = found.slice(0, limit);
    const next = found.length > limit ? (entries.at(-1)?.number ?? null) : null;
    const answer: SteeringLogAnswer = { entries, next };
    response.json(answer);
  });

  const change = <Body extends typeof steeringBody>(
    name: string,
    operation: Operation,
    body: Body,
    apply: (steering: SteeringService, operator: Operator, body: z.output<Body>) => SteeringState,
    status = 200,
  ): void => {
    const path = `${PATH}/${name}`;
    router.post(path, describe(operation), jsonBody(MAX_BODY), (request: Request, response: Response) => {
      const steering = requireSteering(services);
      const asked = validate(body, request.body);
      const answer: SteeringAnswer = apply(steering, operatorOf(request, asked), asked);
      response.status(status).json(answer);
    });
    router.all(path, methodNotAllowed('POST'));
  };
  change('pause', PAUSE, steeringBody, (steering, operator) => steering.pause(operator));
  change('resume', RESUME, steeringBody, (steering, operator) => steering.resume(operator));
  change('rate', RATE, rateBody, (steering, operator, { rate }) => steering.setRate(operator, rate));
  router.post(
    `${PATH}/seek`,
    describe(SEEK),
    jsonBody(MAX_BODY),
    async (request: Request, response: Response) => {
      const steering = requireSteering(services);
      const asked = validate(seekBody, request.body);
      const answer: SeekAnswer = await steering.seek(operatorOf(request, asked), asked.to);
      response.json(answer);
    },
  );
  router.all(`${PATH}/seek`, methodNotAllowed('POST'));
  router.post(
    `${PATH}/workers`,
    describe(WORKERS),
    jsonBody(MAX_BODY),
    async (request: Request, response: Response) => {
      const steering = requireSteering(services);
      const asked = validate(workersBody, request.body);
      const answer: SteeringAnswer = await steering.setWorkers(operatorOf(request, asked), asked.workers);
      response.json(answer);
    },
  );
  router.all(`${PATH}/workers`, methodNotAllowed('POST'));
  change('drain', DRAIN, steeringBody, (steering, operator) => steering.drain(operator), 202);

  router.all([PATH, `${PATH}/log`], methodNotAllowed('GET'));
  return router;
}

/** Throws MODEL_ELSEWHERE in a process without a stream, FORBIDDEN where it is switched off. */
function requireSteering({ steering, modelElsewhere }: HttpServices): SteeringService {
  if (steering !== undefined) return steering;
  if (modelElsewhere === null)
    throw new StreamInferError('FORBIDDEN', 'steering is switched off; set steering.enabled: true');
  throw new StreamInferError(
    'MODEL_ELSEWHERE',
    'serve reads no stream of images; send this to a process of the command `run`',
  );
}

const COMMON = {
  tag: 'steering',
  answer: { 'application/json': steeringAnswer },
  errors: [403, 501, 503],
} as const satisfies Partial<Operation>;
const CHANGE = { ...COMMON, body: { 'application/json': steeringBody } } as const;

const STATE: Operation = {
  ...COMMON,
  paths: ['/api/v1/steering'],
  summary: 'State of the stream: running, paused by whom, rate limit',
  errors: [403, 501],
};
const LOG: Operation = {
  ...COMMON,
  paths: ['/api/v1/steering/log'],
  summary: 'Audit log: who changed the stream, when and why',
  description: 'Pass next as before to get the next page. The last 500 changes are kept in memory.',
  query: steeringLogQuery,
  answer: { 'application/json': steeringLogAnswer },
  errors: [403, 501],
};
const PAUSE: Operation = {
  ...CHANGE,
  paths: ['/api/v1/steering/pause'],
  summary: 'Pause the stream: nothing more is taken from the broker',
  description:
    'Messages in flight are finished. The process stays ready, keeps its partitions, and still classifies over HTTP. On ' +
    'Pub/Sub, leased messages are returned, and other readers receive them. A restart ends the pause.',
};
const RESUME: Operation = {
  ...CHANGE,
  paths: ['/api/v1/steering/resume'],
  summary: 'Continue a paused stream',
};
const RATE: Operation = {
  ...CHANGE,
  paths: ['/api/v1/steering/rate'],
  summary: 'Limit the images taken per second until the next restart',
  body: { 'application/json': rateBody },
};
const WORKERS: Operation = {
  ...CHANGE,
  paths: ['/api/v1/steering/workers'],
  summary: 'Change the number of worker threads, or let it follow the utilization',
  description:
    'Between 1 and the number of CPU cores, or the configured number if that is larger. Answers when the threads are warm or ' +
    'have ended; no message is lost or delayed by more than its batch.',
  body: { 'application/json': workersBody },
  errors: [403, 409, 501, 503],
};
const SEEK: Operation = {
  ...CHANGE,
  paths: ['/api/v1/steering/seek'],
  summary: 'Move the position of the stream, back or forward',
  description:
    'Messages in flight are finished first; a paused stream stays paused. On Kafka the partitions of this process move, ' +
    'and the answer lists them. On Pub/Sub the whole subscription moves. Answers when the position is durable.',
  body: { 'application/json': seekBody },
  answer: { 'application/json': seekAnswer },
  errors: [403, 404, 409, 501, 502, 503, 504],
};
const DRAIN: Operation = {
  ...CHANGE,
  paths: ['/api/v1/steering/drain'],
  summary: 'Finish the messages in flight and end the process with exit code 0',
  description: 'As a stop signal does, within `shutdownTimeout`. It cannot be undone.',
  status: 202,
};
