import express, { type RequestHandler } from 'express';
import { StreamInferError } from '../core/errors';

/**
 * Parses a JSON body and refuses (415) any other. Also keeps out forms of other sites: those cannot send JSON without
 * asking first.
 */
export function jsonBody(limit: string): RequestHandler[] {
  return [refuseOtherTypes, express.json({ limit })];
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
