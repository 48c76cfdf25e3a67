import { beyondLimits, type JsonLimits } from '../codec/json-limits';
import { StreamInferError } from '../core/errors';

/** Larger than any valid request: 128 images as nested lists have about 205,000 values. */
const REQUEST_LIMITS: JsonLimits = { depth: 32, fields: 10_000, values: 250_000 };

/** Throws BAD_REQUEST for JSON whose parsing would block the main thread. Call it before parsing. */
export function assertParsable(body: Uint8Array): void {
  const problem = beyondLimits(body, REQUEST_LIMITS);
  if (problem !== undefined) throw new StreamInferError('BAD_REQUEST', `The JSON ${problem}.`);
}
