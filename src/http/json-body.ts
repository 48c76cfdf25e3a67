import express, { type RequestHandler } from 'express';
import { StreamInferError } from '../core/errors';
import { assertParsable } from './json-guard';

/**
 * Parses a JSON body and refuses (415) other types; an empty body is `undefined`. This also blocks forms of other sites,
 * because JSON requires a CORS preflight.
 */
export function jsonBody(limit: string): RequestHandler[] {
  const empty = new WeakSet<object>();
  const parse = parseJsonBody(limit, (request) => empty.add(request));
  // Express parses an empty body as {}, which is a valid request on some routes.
  const emptyAsUndefined: RequestHandler = (request, _response, next) => {
    if (empty.has(request)) request.body = undefined;
    next();
  };
  return [refuseOtherTypes, parse, emptyAsUndefined];
}

/** Parses a JSON body of bounded depth and size and ignores other types. `limit` is a size such as `16kb`. */
export function parseJsonBody(
  limit: string,
  onEmpty: (request: object) => void = () => undefined,
): RequestHandler {
  return express.json({
    limit,
    verify: (request, _response, bytes, encoding) => {
      if (bytes.length === 0) return onEmpty(request);
      // The limits are checked on UTF-8 bytes, the only encoding of JSON.
      if (encoding !== 'utf-8')
        throw new StreamInferError(
          'UNSUPPORTED_MEDIA_TYPE',
          `JSON in ${encoding} is not supported; send UTF-8`,
        );
      assertParsable(bytes);
    },
  });
}

const refuseOtherTypes: RequestHandler = (request, _response, next) => {
  const type = request.get('content-type');
  if (type === undefined || request.is('application/json') !== false) return next();
  next(
    new StreamInferError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Content-Type ${JSON.stringify(type)} is not supported here; send application/json`,
    ),
  );
};
