import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { StreamInferError } from '../../core/errors';
import { MAX_BODY_BYTES } from '../body-limit';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { imageEnvelope, imageForm } from '../schemas/classify';
import { newRequestQuery, requestAnswer, requestQuery, type RequestAnswerBody } from '../schemas/requests';
import { readImage } from '../sent-image';
import type { HttpServices, RequestAnswer, RequestsService } from '../services';
import { validate } from '../validation';

/** Callers that wait at a time: others must not find the server full. */
const MOST_WAITING = 128;
/** Longest stream of events, ms; then the client opens another one. */
const STREAM_MS = 300_000;
/** Between two comments in a silent stream of events, and before a client connects again, ms. */
const KEEP_ALIVE_MS = 15_000;
const RETRY_MS = 1_000;
/** Requests that are read, published or waited for at a time; each has at most 16 MiB. */
const MOST_POSTED = 64;

/** Images that go through the topic like any message, and their answers by id. */
export function requestRoutes({ topicRequests }: Pick<HttpServices, 'topicRequests'>): Router {
  const router = Router();
  let waiting = 0;
  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

  router.post('/requests', describe(POST), atMost(MOST_POSTED), body, async (request, response) => {
    const service = enabled(topicRequests);
    const { wait, id, callback } = validate(newRequestQuery, request.query);
    const image = await readImage(request);
    // Published, it would only become a dead letter.
    if (image.bytes.length === 0)
      throw new StreamInferError('EMPTY', 'the request has no image; send it as the body');
    const given = await service.submit({
      ...image,
      ...(id !== undefined && { id }),
      ...(callback !== undefined && { callback }),
    });
    response.location(`/api/v1/requests/${encodeURIComponent(given)}`);
    send(response, given, wait === 0 ? { state: 'pending' } : await waitFor(service, given, wait, response));
  });

  router.get('/requests/:id', describe(GET), async (request, response) => {
    const service = enabled(topicRequests);
    const { id } = request.params;
    const { wait } = validate(requestQuery, request.query);
    const type = request.accepts(['json', 'text/event-stream']);
    if (type === 'text/event-stream') await stream(service, id, request, response);
    else send(response, id, await waitFor(service, id, wait, response));
  });

  router.all('/requests', methodNotAllowed('POST'));
  router.all('/requests/:id', methodNotAllowed('GET'));
  return router;

  async function waitFor(
    service: RequestsService,
    id: string,
    ms: number,
    response: Response,
  ): Promise<RequestAnswer> {
    if (ms === 0) return await service.find(id);
    const release = reserve();
    try {
      return await service.wait(id, ms, goneOf(response));
    } finally {
      release();
    }
  }

  /** One event with the answer, then the end; none if there is no answer in time, so that the client connects again. */
  async function stream(
    service: RequestsService,
    id: string,
    request: Request,
    response: Response,
  ): Promise<void> {
    const release = reserve();
    try {
      // Before the headers, so that an unknown id is a problem document.
      await service.find(id);
      const { createSession } = await import('better-sse');
      const headers = { 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' };
      const session = await createSession(request, response, {
        keepAlive: KEEP_ALIVE_MS,
        retry: RETRY_MS,
        headers,
      });
      const answer = await service.wait(id, STREAM_MS, goneOf(response));
      if (session.isConnected && answer.state !== 'pending') session.push(toBody(id, answer), 'answer');
      response.end();
    } finally {
      release();
    }
  }

  function reserve(): () => void {
    if (waiting >= MOST_WAITING)
      throw new StreamInferError('OVERLOADED', `${MOST_WAITING} callers are waiting, which is the limit`);
    waiting++;
    return () => void waiting--;
  }
}

function goneOf(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

function atMost(most: number): RequestHandler {
  let running = 0;
  return (_request, response, next) => {
    if (running >= most)
      throw new StreamInferError(
        'OVERLOADED',
        `${most} requests are being published or wait, which is the limit`,
      );
    running++;
    response.once('close', () => running--);
    next();
  };
}

function enabled(requests: RequestsService | undefined): RequestsService {
  if (requests !== undefined) return requests;
  throw new StreamInferError('NOT_FOUND', 'requests over the topic are off; set requests.enabled: true');
}

function send(response: Response, id: string, answer: RequestAnswer): void {
  if (answer.state === 'pending') response.status(202).set('Retry-After', '1');
  response.json(toBody(id, answer));
}

function toBody(id: string, answer: RequestAnswer): RequestAnswerBody {
  return { id, ...answer };
}

const COMMON = {
  tag: 'classify',
  status: 202,
  answer: { 'application/json': requestAnswer },
  also: { 200: { 'application/json': requestAnswer } },
} as const satisfies Partial<Operation>;

const POST: Operation = {
  ...COMMON,
  paths: ['/api/v1/requests'],
  summary: 'Publish one image to the input topic',
  description:
    'Requires requests.enabled. Answers 202 with the id, after the broker confirmed the message; with wait, 200 with the ' +
    'prediction if it arrives in time. A repeated request with the same id is not published again while it is known. ' +
    'With callback, the answer is posted to that address, signed (Standard Webhooks).',
  query: newRequestQuery,
  body: {
    'application/octet-stream': 'bytes',
    'image/png': 'bytes',
    'image/jpeg': 'bytes',
    'image/webp': 'bytes',
    'application/json': imageEnvelope,
    'multipart/form-data': imageForm,
  },
  errors: [404, 422, 502, 503, 504],
};
const GET: Operation = {
  ...COMMON,
  paths: ['/api/v1/requests/{id}'],
  summary: 'Answer to a request: its prediction, or why there is none',
  description:
    '200 with the prediction or the error, 202 while it is pending. With Accept: text/event-stream, one event named answer.',
  parameters: { id: 'Id of the request.' },
  query: requestQuery,
  errors: [503, 504],
};
