import type { z } from 'zod';
import { badFields } from './problems';

/** Most characters of a value, or of a field name, in an error. */
const SHOWN_TEXT = 60;
/** Most invalid fields in an error; the others are counted. */
const SHOWN_FIELDS = 20;

/** Returns the validated fields of a query or body. Throws BAD_REQUEST with every invalid field and its value. */
export function validate<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const findings = result.error.issues.flatMap(toFindings);
  // One finding per field is enough: a text is neither a number nor a whole number.
  const first = new Map(findings.map((finding) => [nameOf(finding), finding] as const).reverse());
  const fields = [...first].reverse();
  const shownFields = fields.slice(0, SHOWN_FIELDS).map(([field, { path, message }]) => ({
    field,
    value: shown(path.reduce(memberOf, input)),
    message,
  }));
  throw badFields(shownFields, fields.length - shownFields.length);
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function toFindings(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is unknown' }));
}

function nameOf({ path }: Finding): string {
  return shorten(path.map((part) => shorten(String(part))).join('.')) || 'body';
}

function memberOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<PropertyKey, unknown>)[name]
    : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return shorten(JSON.stringify(typeof value === 'string' ? value.slice(0, SHOWN_TEXT) : value));
}

function shorten(text: string): string {
  return text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT)}…` : text;
}
