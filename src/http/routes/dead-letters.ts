import { Router, type Request, type Response } from 'express';
import { StreamInferError } from '../../core/errors';
import type { KeptLetter } from '../../results/dead-letter-ring';
import { methodNotAllowed, notFound } from '../problems';
import { jsonBody } from '../json-body';
import type { HttpServices, RedriveChoice } from '../services';
import { deadLettersQuery, redriveBody, redriveQuery, validate } from '../validation';
import type { DeadLetterAnswer, DeadLettersAnswer, DeadLetterDetail } from '../wire';
import { idFromPath } from './id-from-path';

/** Thousand ids of Kafka's longest topic names. */
const MAX_BODY = '512kb';

/** The latest dead letters of this process: paged, one with its original, and published again. */
export function deadLetterRoutes({ deadLetters }: HttpServices): Router {
  const router = Router();

  router.get('/dead-letters', (request, response) => {
    const { limit, before, code } = validate(deadLettersQuery, request.query);
    // One more than asked for tells whether there is a next page.
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

  router.post('/dead-letters/redrive', jsonBody(MAX_BODY), async (request: Request, response: Response) => {
    if (request.body === undefined)
      throw new StreamInferError(
        'BAD_REQUEST',
        'Say which as JSON: {"ids": […]}, {"code": …}, or {} for all.',
      );
    const { ids, code, force } = validate(redriveBody, request.body);
    const choice: RedriveChoice = { force, ...(ids && { ids }), ...(code && { code }) };
    response.json(await deadLetters.redriveSome(choice));
  });
  router.post('/dead-letters/*id/redrive', async (request, response) => {
    const { force } = validate(redriveQuery, request.query);
    response.json(toAnswer(await deadLetters.redrive(idFromPath(request.params.id), force)));
  });
  router.all(['/dead-letters/redrive', '/dead-letters/*id/redrive'], methodNotAllowed('POST'));

  router.get('/dead-letters/*id', (request, response) => {
    const id = idFromPath(request.params.id);
    const kept = deadLetters.get(id);
    if (kept === undefined)
      throw notFound(`There is no dead letter ${JSON.stringify(id)} among the latest ones.`);
    response.json(toDetail(kept));
  });

  router.all(['/dead-letters', '/dead-letters/*id'], methodNotAllowed('GET'));
  return router;
}

function toAnswer({ seq, redrivenAt, letter }: KeptLetter): DeadLetterAnswer {
  const { original, sourceId, ...rest } = letter;
  return { seq, id: sourceId, ...rest, key: original.key?.toString('utf8') ?? null, redrivenAt };
}

function toDetail(kept: KeptLetter): DeadLetterDetail {
  const { headers, value } = kept.letter.original;
  return {
    ...toAnswer(kept),
    headers: headers.map(([name, content]) => [name, content.toString()] as const),
    value: value.toString('base64'),
  };
}
