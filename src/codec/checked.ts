import type { z } from 'zod';
import { messageOf } from '../core/errors';
import { beyondLimits, type JsonLimits } from './json-limits';

/** A value of the expected shape, or the problem: the field and the reason, in one line. */
export type Checked<T> = { readonly value: T } | { readonly problem: string };

/** Longest `problem`: field names of a record may have any length. */
const MAX_PROBLEM = 200;

/** Far beyond any record of this program. */
const LIMITS: JsonLimits = { depth: 32, fields: 50_000, values: 500_000 };

/** Validates an external value with a schema; unknown members are removed. Never throws. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const [first] = result.error.issues;
  const where = first?.path.map(String).join('.') ?? '';
  const why = first?.message ?? 'it is invalid';
  return { problem: (where === '' ? why : `${where}: ${why}`).slice(0, MAX_PROBLEM) };
}

/** Validates JSON in UTF-8; text that would cost more to parse than any record of ours is refused unread. */
export function checkedJson<T>(schema: z.ZodType<T>, json: Uint8Array | string | null): Checked<T> {
  const bytes = typeof json === 'string' ? Buffer.from(json) : Buffer.from(json ?? []);
  const beyond = beyondLimits(bytes, LIMITS);
  if (beyond !== undefined) return { problem: `the JSON ${beyond}` };
  try {
    return checked(schema, JSON.parse(bytes.toString()));
  } catch (error) {
    return { problem: messageOf(error).slice(0, MAX_PROBLEM) };
  }
}
