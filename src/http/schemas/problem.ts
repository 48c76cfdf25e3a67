import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../core/errors';
import { component } from '../openapi/json-schema';
import { text, type Wire } from './answer-fields';

const fieldProblem = z.object({
  field: text,
  value: text.describe('The value sent, shortened.'),
  message: text,
});
export type FieldProblem = Wire<typeof fieldProblem>;

/** The document that `sendProblem` writes. */
export const problem = component(
  'Problem',
  z
    .object({
      type: text.describe('urn:stream-infer:error: followed by the code.'),
      title: text,
      status: z.int().min(400).max(599),
      detail: text,
      code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
      requestId: text.describe('Also in the header X-Request-Id, and in the log for a 500.'),
      errors: z.array(fieldProblem).exactOptional().describe('The invalid fields of the request.'),
    })
    .describe('RFC 9457.'),
);
export type Problem = Wire<typeof problem>;

/** Form of errors below /v1 and /v2. */
export const errorMessage = component(
  'Error',
  z.object({ error: text }).describe('Form of errors in the inference protocols.'),
);
