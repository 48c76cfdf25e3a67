import express, { Router, type RequestHandler } from 'express';
import { StreamInferError } from '../../core/errors';
import { MAX_BODY_BYTES } from '../body-limit';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { pushedMessage } from '../schemas/pubsub-push';
import { requireToken } from '../security';
import type { HttpServices, PushService } from '../services';

const PATH = '/pubsub/push';

/**
 * Messages pushed by Pub/Sub and Eventarc. The answer is a success only after the outcome is confirmed; with any other
 * answer the message is pushed again.
 */
export function pubsubPushRoutes({ push }: Pick<HttpServices, 'push'>, token?: string): Router {
  const router = Router();
  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false });
  router.post(
    PATH,
    describe(PUSH),
    ...(push === undefined ? [pushIsOff] : [authenticate(push, token), admit(push), body, deliver(push)]),
  );
  router.all(PATH, methodNotAllowed('POST'));
  return router;
}

const pushIsOff: RequestHandler = () => {
  throw new StreamInferError(
    'NOT_FOUND',
    'this process takes no pushed messages; set pubsub.push.enabled: true',
  );
};

/** Without OIDC tokens, the process listens on loopback only and its own token applies, if there is one. */
function authenticate(push: PushService, token: string | undefined): RequestHandler {
  if (!push.verifiesTokens) return requireToken(token);
  return async (request, response, next) => {
    response.setHeader('WWW-Authenticate', 'Bearer realm="stream-infer"');
    await push.authenticate(request.get('authorization'));
    response.removeHeader('WWW-Authenticate');
    next();
  };
}

/** Before the body is read, so that the bodies of refused messages take no memory. */
function admit(push: PushService): RequestHandler {
  return (request, response, next) => {
    const length = request.headers['content-length'];
    const release = push.admit(length === undefined ? MAX_BODY_BYTES : Number(length));
    response.once('close', release);
    next();
  };
}

function deliver(push: PushService): RequestHandler {
  return async (request, response) => {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await push.deliver(request.headers, bytes, gone.signal);
    response.status(204).end();
  };
}

const PUSH: Operation = {
  paths: [PATH],
  tag: 'push',
  open: true,
  unlimited: true,
  summary: 'Take a message pushed by Pub/Sub or Eventarc',
  description:
    'Requires pubsub.push.enabled and the OIDC token of the subscription or trigger. Answers 204 only after the broker ' +
    'confirmed the prediction or the dead letter. With any other answer Pub/Sub pushes the message again. Unwrapped ' +
    'messages have the image as their body and the attributes as headers.',
  body: { 'application/json': pushedMessage, 'application/octet-stream': 'bytes' },
  status: 204,
  answer: {},
  errors: [401, 404, 429, 503],
};
