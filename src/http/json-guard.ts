import { beyondLimits, type JsonLimits } from '../codec/json-limits';
import { StreamInferError } from '../core/errors';

/** 128 images of 28 × 28 as nested lists have about 205,000 values. */
const REQUEST_LIMITS: JsonLimits = { depth: 32, fields: 10_000, values: 250_000 };
/** Parsing more values would block the main thread for a noticeable time. */
const MOST_VALUES = 2_000_000;

/**
 * Throws BAD_REQUEST for JSON whose parsing would block the main thread. Call it before parsing.
 *
 * @param values most values, where a valid request may have more than usual
 */
export function assertParsable(body: Uint8Array, values = REQUEST_LIMITS.values): void {
  const most = Math.min(MOST_VALUES, Math.max(REQUEST_LIMITS.values, values));
  const problem = beyondLimits(body, { ...REQUEST_LIMITS, values: most });
  if (problem !== undefined) throw new StreamInferError('BAD_REQUEST', `the JSON ${problem}`);
}
