import { z } from 'zod';
import { parseLabel } from '../../core/labels';
import { onTheWire } from '../openapi/json-schema';

// Fields of requests: strict, with messages that name the limit.

/** A number, or its text (query, form). White space, hexadecimal and empty text are refused. */
function number(message: string, written = /^-?\d+(\.\d+)?$/): z.ZodType<number> {
  return z.union([z.number(), z.string().regex(written, message)], { error: message }).transform(Number);
}

export function whole(least: number, most: number): z.ZodType<number> {
  const message = `must be a whole number from ${least} to ${most}`;
  const schema = number(message).refine(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    message,
  );
  return onTheWire(schema, { type: 'integer', minimum: least, maximum: most });
}

export function between(least: number, most: number): z.ZodType<number> {
  const message = `must be a number from ${least} to ${most}`;
  const schema = number(message, /^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i).refine(
    (value) => value >= least && value <= most,
    message,
  );
  return onTheWire(schema, { type: 'number', minimum: least, maximum: most });
}

/** In a path. */
export const versionText = z.string().regex(/^[1-9]\d{0,8}$/, 'must be a version number');

/** ISO 8601, as ms since 1970. */
export const instant = onTheWire(
  z
    .string({ error: 'must occur once' })
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d/, 'must be a time such as 2026-01-31T12:00:00Z')
    .transform((text) => Date.parse(text))
    .refine((ms) => Number.isFinite(ms), 'must be a time such as 2026-01-31T12:00:00Z'),
  { type: 'string', format: 'date-time' },
);

export const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', ''])], { error: 'must be true or false' })
  .transform((value) => value === true || value === 'true' || value === '1' || value === '');

/** A class of the active model, for OpenAPI; `labelIn` reads it with the model's labels. */
export const labelField = onTheWire(z.union([z.string(), z.number()], { error: 'must occur once' }), {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', description: 'Name of a class of the model.' },
  ],
});

/** Models with more classes than this do not list them in an error. */
const MOST_NAMED = 12;

/** A label or name of these classes. */
export function labelIn(labels: readonly string[]): z.ZodType<number> {
  const names = labels.length <= MOST_NAMED ? `one of ${labels.join(', ')}` : 'a class name of the model';
  return z
    .union([z.string(), z.number()], { error: 'must occur once' })
    .transform((value) => parseLabel(value, labels))
    .refine((value) => value !== undefined, `must be 0 to ${labels.length - 1} or ${names}`);
}

export const split = z.enum(['test', 'train'], { error: 'must be test or train' }).default('test');

/** Text of a query, which must not be repeated there. */
export function once(mostCharacters: number) {
  return z
    .string({ error: 'must occur once' })
    .min(1, 'must not be empty')
    .max(mostCharacters, `must have at most ${mostCharacters} characters`);
}

/**
 * A list of `least` to `most` items: a longer one is refused before any item is checked.
 *
 * @param kind message for a value that is not a list
 * @param length message for a list of another length
 */
export function shortList<T extends z.ZodType>(
  item: T,
  [least, most]: readonly [number, number],
  { kind, length }: { readonly kind: string; readonly length: string },
) {
  const list = z.array(item, { error: kind }).min(least, length).max(most, length);
  return z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= most) return value;
    context.addIssue({ code: 'custom', message: length });
    return z.NEVER;
  }, list);
}

export function objectMessage(issue: { code?: string }): string | undefined {
  return issue.code === 'invalid_type' ? 'must be an object with fields' : undefined;
}
