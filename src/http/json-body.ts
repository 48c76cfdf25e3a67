import express, { type RequestHandler } from 'express';
import { StreamInferError } from '../core/errors';

/**
 * Parses a JSON body and refuses (415) any other; an empty one is `undefined`. Also keeps out forms of other sites: those cannot send JSON without
 * asking first.
 */
export function jsonBody(limit: string): RequestHandler[] {
  const empty = new WeakSet<object>();
  const parse = express.json({
    limit,
    verify: (request, _response, bytes) => void (bytes.length === 0 && empty.add(request)),
  });
  // Express makes {} of no bytes, which can mean something, as all of them.
  const nothingForNothing: RequestHandler = (request, _response, next) => {
    if (empty.has(request)) request.body = undefined;
    next();
  };
  return [refuseOtherTypes, parse, nothingForNothing];
}

const refuseOtherTypes: RequestHandler = (request, _response, next) => {
  const type = request.get('content-type');
  if (type === undefined || request.is('application/json') !== false) return next();
  next(
    new StreamInferError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Content-Type ${JSON.stringify(type)} is not read here; send application/json.`,
    ),
  );
};
