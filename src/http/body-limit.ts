import type { RequestHandler } from 'express';
import { sendProblem } from './problems';

/** The largest body that any route takes, bytes. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Refuses (413) a body that says to be too long before any of it is read. The body parsers have the same limit, but
 * answer only after they have read and thrown away everything.
 */
export function limitBody(): RequestHandler {
  return (request, response, next) => {
    if (Number(request.headers['content-length'] ?? 0) <= MAX_BODY_BYTES) return next();
    sendProblem(response, 'TOO_LARGE_BYTES', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  };
}
