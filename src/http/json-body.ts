import express, { type RequestHandler } from 'express';
import { StreamInferError } from '../core/errors';
import { assertParsable } from './json-guard';

/**
 * Parses a JSON body and refuses (415) any other; an empty one is `undefined`. Also keeps out forms of other sites: those cannot send JSON without
 * asking first.
 */
export function jsonBody(limit: string): RequestHandler[] {
  const empty = new WeakSet<object>();
  const parse = parseJsonBody(limit, (request) => empty.add(request));
  // Express makes {} of no bytes, which can mean something, as all of them.
  const nothingForNothing: RequestHandler = (request, _response, next) => {
    if (empty.has(request)) request.body = undefined;
    next();
  };
  return [refuseOtherTypes, parse, nothingForNothing];
}

/** Parses a JSON body of bounded depth and size, and leaves those of other types alone. `limit` is in bytes, as `16kb`. */
export function parseJsonBody(
  limit: string,
  onEmpty: (request: object) => void = () => undefined,
): RequestHandler {
  return express.json({
    limit,
    verify: (request, _response, bytes, encoding) => {
      if (bytes.length === 0) return onEmpty(request);
      // What is counted below are the bytes of UTF-8, and JSON has no other encoding.
      if (encoding !== 'utf-8')
        throw new StreamInferError('UNSUPPORTED_MEDIA_TYPE', `JSON in ${encoding} is not read; send UTF-8.`);
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
      `Content-Type ${JSON.stringify(type)} is not read here; send application/json.`,
    ),
  );
};
