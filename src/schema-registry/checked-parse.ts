import { beyondLimits } from '../codec/json-limits';

/** An image may be a list of numbers, each of which is a value. */
const LIMITS = { depth: 32, fields: 10_000, values: 4_000_000 };

/** Throws Error for a text that is not JSON, or that costs far more to parse than any image. */
export function checkedParse(json: Buffer): unknown {
  const beyond = beyondLimits(json, LIMITS);
  if (beyond !== undefined) throw new Error(`the JSON ${beyond}`);
  try {
    return JSON.parse(json.toString('utf8')) as unknown;
  } catch {
    throw new Error('the record is not valid JSON');
  }
}
