import { Router, type Request, type Response } from 'express';
import { StreamInferError } from '../../core/errors';
import type { KeptDeadLetter } from '../../results/dead-letter-ring';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import { jsonBody } from '../json-body';
import {
  deadLetter,
  deadLetterDetail,
  deadLettersAnswer,
  deadLettersQuery,
  editBody,
  redriveAnswer,
  redriveBody,
  redriveQuery,
  type DeadLetterAnswer,
  type DeadLetterDetail,
  type DeadLettersAnswer,
  type Redriven,
} from '../schemas/dead-letters';
import type { HttpServices, RedriveChoice } from '../services';
import { validate } from '../validation';
import { idFromPath } from './id-from-path';

/** 1,000 ids with the longest topic names of Kafka. */
const MAX_BODY = '512kb';
/** A value of the largest size in base64, and headers. */
const MAX_EDIT = '4mb';

/** Latest dead letters of this process: paged list, one with its original, and redrive. */
export function deadLetterRoutes({ deadLetters }: HttpServices): Router {
  const router = Router();

  router.get('/dead-letters', describe(LIST), (request, response) => {
    const { limit, before, code } = validate(deadLettersQuery, request.query);
    // One extra item shows whether there is a next page.
    const found = deadLetters.list({
      limit: limit + 1,
      ...(before !== undefined && { before }),
      ...(code !== undefined && { code }),
    });
    const page = found.slice(0, limit);
    const answer: DeadLettersAnswer = {
      deadLetters: page.map(toAnswer),
      next: found.length > limit ? (page.at(-1)?.seq ?? null) : null,
    };
    response.json(answer);
  });

  router.post(
    '/dead-letters/redrive',
    describe(REDRIVE_SOME),
    jsonBody(MAX_BODY),
    async (request: Request, response: Response) => {
      if (request.body === undefined)
        throw new StreamInferError(
          'BAD_REQUEST',
          'the body is missing; send {"ids": […]}, {"code": …}, or {} for all',
        );
      const { ids, code, force } = validate(redriveBody, request.body);
      const choice: RedriveChoice = { force, ...(ids && { ids }), ...(code && { code }) };
      const answer: Redriven = await deadLetters.redriveSome(choice);
      response.json(answer);
    },
  );
  router.post('/dead-letters/*id/redrive', describe(REDRIVE), async (request, response) => {
    const { force } = validate(redriveQuery, request.query);
    response.json(toAnswer(await deadLetters.redrive(idFromPath(request.params.id), force)));
  });
  router.post(
    '/dead-letters/*id/edit',
    describe(EDIT),
    jsonBody(MAX_EDIT),
    async (request: Request<{ id: string[] }>, response: Response) => {
      const { value, headers, force } = validate(editBody, request.body);
      const edit = { value: Buffer.from(value, 'base64'), headers };
      response.json(toAnswer(await deadLetters.redrive(idFromPath(request.params.id), force, edit)));
    },
  );
  router.all(
    ['/dead-letters/redrive', '/dead-letters/*id/redrive', '/dead-letters/*id/edit'],
    methodNotAllowed('POST'),
  );

  router.get('/dead-letters/*id', describe(ONE), (request, response) => {
    const id = idFromPath(request.params.id);
    const kept = deadLetters.get(id);
    if (kept === undefined)
      throw notFound(
        `Dead letter ${JSON.stringify(id)} is not among the latest dead letters of this process.`,
      );
    response.json(toDetail(kept));
  });

  router.all(['/dead-letters', '/dead-letters/*id'], methodNotAllowed('GET'));
  return router;
}

function toAnswer({ seq, redrivenAt, deadLetter: letter }: KeptDeadLetter): DeadLetterAnswer {
  const { original, sourceId, ...rest } = letter;
  return { seq, id: sourceId, ...rest, key: original.key?.toString('utf8') ?? null, redrivenAt };
}

function toDetail(kept: KeptDeadLetter): DeadLetterDetail {
  const { headers, value } = kept.deadLetter.original;
  return {
    ...toAnswer(kept),
    headers: headers.map(([name, content]) => [name, content.toString()] as const),
    value: value?.toString('base64') ?? '',
  };
}

const COMMON = {
  tag: 'dead letters',
  parameters: { id: 'Source id; slashes may be encoded.' },
} as const satisfies Partial<Operation>;

const LIST: Operation = {
  ...COMMON,
  paths: ['/api/v1/dead-letters'],
  summary: 'The latest dead letters of this process, newest first',
  query: deadLettersQuery,
  answer: { 'application/json': deadLettersAnswer },
};
const ONE: Operation = {
  ...COMMON,
  paths: ['/api/v1/dead-letters/{id}'],
  summary: 'One dead letter with its original message',
  answer: { 'application/json': deadLetterDetail },
};
const REDRIVE: Operation = {
  ...COMMON,
  paths: ['/api/v1/dead-letters/{id}/redrive'],
  summary: 'Redrive one dead letter',
  query: redriveQuery,
  answer: { 'application/json': deadLetter },
  errors: [409, 413, 422, 502, 503, 504],
};
const EDIT: Operation = {
  ...COMMON,
  paths: ['/api/v1/dead-letters/{id}/edit'],
  summary: 'Redrive one dead letter with another value and other headers',
  description: 'The key, the id of the prediction and the redrive count stay.',
  body: { 'application/json': editBody },
  answer: { 'application/json': deadLetter },
  errors: [409, 413, 422, 502, 503, 504],
};
const REDRIVE_SOME: Operation = {
  ...COMMON,
  paths: ['/api/v1/dead-letters/redrive'],
  summary: 'Redrive several dead letters; all for {}',
  body: { 'application/json': redriveBody },
  answer: { 'application/json': redriveAnswer },
  errors: [502, 503, 504],
};
