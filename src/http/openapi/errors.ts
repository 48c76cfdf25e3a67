import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../core/errors';
import { component } from './json-schema';

const fieldProblem = z.object({
  field: z.string(),
  value: z.string().describe('What was sent, shortened.'),
  message: z.string(),
});

/** What `sendProblem` writes. */
export const problem = component(
  'Problem',
  z
    .looseObject({
      type: z.string().describe('urn:stream-infer:error: and the code.'),
      title: z.string(),
      status: z.int().min(400).max(599),
      detail: z.string(),
      code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
      requestId: z.string().describe('Also in the header X-Request-Id, and in the log for a 500.'),
      errors: z.array(fieldProblem).optional().describe('What is wrong with each field of the request.'),
    })
    .describe('RFC 9457.'),
);

/** What errors are below /v1 and /v2. */
export const errorMessage = component(
  'Error',
  z.object({ error: z.string() }).describe('How the inference protocols write errors.'),
);
