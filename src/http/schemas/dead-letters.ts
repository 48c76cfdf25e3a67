import { z } from 'zod';
import { ERROR_CODES, REJECTION_CODES, type ErrorCode } from '../../core/errors';
import { component } from '../openapi/json-schema';
import { flag, objectMessage, shortList, whole } from './request-fields';
import { count, headers, next, text, type Wire } from './answer-fields';

const deadLetterFields = {
  seq: count,
  id: text.describe('Source id of the message.'),
  code: text.describe('Error code.'),
  message: text,
  stage: text,
  attempts: count,
  failedAt: text.describe('ISO 8601.'),
  model: text.nullable().describe('name@version; null if no model was loaded.'),
  source: z.object({ topic: text, partition: count.nullable(), offset: text.nullable() }),
  redriveCount: count,
  valueBytes: count.describe('Length of the original value, also if only its beginning was kept.'),
  complete: z.boolean().describe('Whether the whole original was kept, as redriving requires.'),
  key: text.nullable(),
  redrivenAt: text.nullable().describe('ISO 8601; null until it is redriven over HTTP.'),
};

export const deadLetter = component('DeadLetter', z.object(deadLetterFields));
export type DeadLetterAnswer = Wire<typeof deadLetter>;

export const deadLetterDetail = component(
  'DeadLetterDetail',
  z.object({
    ...deadLetterFields,
    headers,
    value: text.describe('base64; only the beginning if the dead letter is incomplete.'),
  }),
);
export type DeadLetterDetail = Wire<typeof deadLetterDetail>;

export const deadLettersAnswer = z.object({ deadLetters: z.array(deadLetter), next });
export type DeadLettersAnswer = Wire<typeof deadLettersAnswer>;

const skipped = z.object({
  id: text,
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  detail: text,
});
export type SkippedDeadLetter = Wire<typeof skipped>;

export const redriveAnswer = z.object({
  redriven: z.array(text).describe('Source ids.'),
  skipped: z.array(skipped),
});
export type Redriven = Wire<typeof redriveAnswer>;

const rejectionCode = z.enum(REJECTION_CODES, { error: `must be one of ${REJECTION_CODES.join(', ')}` });

export const deadLettersQuery = z.strictObject({
  code: rejectionCode.optional(),
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
});

export const redriveQuery = z.strictObject({ force: flag.default(false) });

const MOST_HEADERS = 100;
/** Of base64; no broker takes larger messages by default. */
const MOST_VALUE = 3 * 1024 * 1024;

export const editBody = z.strictObject(
  {
    value: z
      .string({ error: 'must be base64' })
      .max(MOST_VALUE, `must have at most ${MOST_VALUE} characters`)
      .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'must be base64')
      .describe('The new value, base64.'),
    headers: shortList(
      z.tuple([z.string().min(1).max(249), z.string().max(32_768)], { error: 'must hold pairs of texts' }),
      [0, MOST_HEADERS],
      { kind: 'must be a list of pairs', length: `must have at most ${MOST_HEADERS} headers` },
    ).describe('All headers of the new message, in order.'),
    force: flag.default(false),
  },
  { error: objectMessage },
);

export const redriveBody = z
  .strictObject(
    {
      ids: shortList(z.string({ error: 'must hold texts' }), [0, 1_000], {
        kind: 'must be a list of source ids',
        length: 'must have at most 1000 ids',
      }).optional(),
      code: rejectionCode.optional(),
      force: flag.default(false),
    },
    { error: objectMessage },
  )
  .refine(({ ids, code }) => ids === undefined || code === undefined, {
    path: ['code'],
    message: 'cannot be combined with ids',
  })
  // The same rule for the OpenAPI document.
  .meta({ not: { required: ['ids', 'code'] } });
