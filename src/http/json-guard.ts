import { beyondLimits, type JsonLimits } from '../codec/json-limits';
import { StreamInferError } from '../core/errors';

/** Above what any request needs: 128 images as nested lists have about 205,000 values. */
const REQUEST_LIMITS: JsonLimits = { depth: 32, fields: 10_000, values: 250_000 };

/** Throws BAD_REQUEST for a body whose JSON would keep the main thread busy. To be called before it is parsed. */
export function assertParsable(body: Uint8Array): void {
  const problem = beyondLimits(body, REQUEST_LIMITS);
  if (problem !== undefined) throw new StreamInferError('BAD_REQUEST', `The JSON ${problem}.`);
}
