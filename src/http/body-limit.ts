import type { RequestHandler } from 'express';
import { sendProblem } from './problems';

/** Largest request body, bytes. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Refuses (413) a body by its Content-Length. The body parsers have the same limit, but read the whole body first. */
export function limitBody(): RequestHandler {
  return (request, response, next) => {
    if (Number(request.headers['content-length'] ?? 0) <= MAX_BODY_BYTES) return next();
    sendProblem(response, 'TOO_LARGE_BYTES', `the body is larger than ${MAX_BODY_BYTES} bytes`);
  };
}
