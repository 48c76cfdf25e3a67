import { z } from 'zod';
import { REJECTION_CODES } from '../core/errors';
import { INVERT_MODES } from '../core/image';
import { CLASS_NAMES, parseLabel } from '../core/labels';
import { DEFAULT_PLAN } from '../core/scale';
import { onTheWire } from './openapi/json-schema';
import { badFields } from './problems';

const MAX_INDEX = 1_000_000;
/** Characters of a value, or of the name of a field. */
const SHOWN_TEXT = 60;
/** Wrong fields that an answer names; the others are counted. */
const SHOWN_FIELDS = 20;

/**
 * Returns the validated fields of a query or a body. Throws BAD_REQUEST that names every wrong field with its value.
 */
export function validate<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const findings = result.error.issues.flatMap(toFindings);
  // A field that is no number at all is also no whole number: the first finding says enough.
  const first = new Map(findings.map((finding) => [nameOf(finding), finding] as const).reverse());
  const fields = [...first].reverse();
  const shownFields = fields.slice(0, SHOWN_FIELDS).map(([field, { path, message }]) => ({
    field,
    value: shown(path.reduce(memberOf, input)),
    message,
  }));
  throw badFields(shownFields, fields.length - shownFields.length);
}

/**
 * A list of `least` to `most` items: a longer one is refused before any of them is looked at.
 *
 * @param kind what is said of anything else than a list
 * @param length what is said of a list of another length
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

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function toFindings(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known here' }));
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

/** A number that may come as text (query, form). Strict: no white space, hex or empty text. */
function number(message: string, written = /^-?\d+(\.\d+)?$/): z.ZodType<number> {
  return z.union([z.number(), z.string().regex(written, message)], { error: message }).transform(Number);
}

function whole(least: number, most: number): z.ZodType<number> {
  const message = `must be a whole number from ${least} to ${most}`;
  const schema = number(message).refine(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    message,
  );
  return onTheWire(schema, { type: 'integer', minimum: least, maximum: most });
}

function between(least: number, most: number): z.ZodType<number> {
  const message = `must be a number from ${least} to ${most}`;
  const schema = number(message, /^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i).refine(
    (value) => value >= least && value <= most,
    message,
  );
  return onTheWire(schema, { type: 'number', minimum: least, maximum: most });
}

const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', ''])], { error: 'must be true or false' })
  .transform((value) => value === true || value === 'true' || value === '1' || value === '');

const label = onTheWire(
  z
    .union([z.string(), z.number()], { error: 'must be given once' })
    .transform((value) => parseLabel(value))
    .refine((value) => value !== undefined, `must be 0 to 9 or one of ${CLASS_NAMES.join(', ')}`),
  { anyOf: [{ type: 'integer', minimum: 0, maximum: CLASS_NAMES.length - 1 }, { enum: CLASS_NAMES }] },
);

const split = z.enum(['test', 'train'], { error: 'must be test or train' }).default('test');

/** What predictions can be chosen by. */
const predictionConditions = {
  label: label.optional(),
  truth: label.optional(),
  wrong: flag.optional(),
  minConfidence: between(0, 1).optional(),
  maxConfidence: between(0, 1).optional(),
  id: z
    .string({ error: 'must be given once' })
    .min(1, 'must not be empty')
    .max(1024, 'must have at most 1024 characters')
    .optional(),
};

export const predictionsQuery = z.strictObject({
  ...predictionConditions,
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
});

export const exportQuery = z.strictObject({
  ...predictionConditions,
  format: z.enum(['ndjson', 'csv'], { error: 'must be ndjson or csv' }).default('ndjson'),
});

export const historyQuery = z.strictObject({ minutes: whole(1, 1440).default(60) });

export const scaleQuery = z.strictObject({
  current: whole(1, 10_000).default(DEFAULT_PLAN.replicas).describe('Processes that run at present.'),
  catchUpSeconds: between(1, 86_400)
    .default(DEFAULT_PLAN.catchUpSeconds)
    .describe('Time in which the backlog is to be worked off.'),
  utilization: between(0.05, 1)
    .default(DEFAULT_PLAN.utilization)
    .describe('Share of its capacity that a process is to be used at.'),
});

const rejectionCode = z.enum(REJECTION_CODES, { error: `must be one of ${REJECTION_CODES.join(', ')}` });

export const deadLettersQuery = z.strictObject({
  code: rejectionCode.optional(),
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
});

export const redriveQuery = z.strictObject({ force: flag.default(false) });

export const redriveBody = z
  .strictObject(
    {
      ids: shortList(z.string({ error: 'must hold texts' }), [0, 1_000], {
        kind: 'must be a list of source ids',
        length: 'must have at most 1000 ids',
      }).optional(),
      code: rejectionCode.optional(),
      force: flag.default(false),
    },
    { error: objectMessage },
  )
  .refine(({ ids, code }) => ids === undefined || code === undefined, {
    path: ['code'],
    message: 'cannot be given together with ids',
  })
  // The same for the OpenAPI document.
  .meta({ not: { required: ['ids', 'code'] } });

const ruleName = z
  .string({ error: 'must be given once' })
  .min(1, 'must not be empty')
  .max(64, 'must have at most 64 characters');
const eventConditions = {
  rule: ruleName.optional(),
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
};

export const eventsQuery = z.strictObject(eventConditions);

export const alertsQuery = z.strictObject({ ...eventConditions, acknowledged: flag.optional() });

export const alertNumber = whole(1, Number.MAX_SAFE_INTEGER);

export const alertPath = z.object({ number: alertNumber });

const words = (most: number) =>
  z.string({ error: 'must be a text' }).max(most, `must have at most ${most} characters`);

export const acknowledgeBody = z.strictObject(
  { by: words(100).default(''), note: words(1_000).default('') },
  { error: objectMessage },
);

export const imageQuery = z.strictObject({ scale: whole(1, 16).default(1) });

export const classifyQuery = z.strictObject({
  invert: z.enum(INVERT_MODES, { error: `must be one of ${INVERT_MODES.join(', ')}` }).optional(),
  id: z
    .string({ error: 'must be given once' })
    .min(1, 'must not be empty')
    .max(256, 'must have at most 256 characters')
    .optional(),
  pixels: flag.default(false),
});

/** What a worker reads; here it is only described. */
export const imageEnvelope = z.looseObject({
  image: onTheWire(z.unknown(), {
    description: 'base64 of a file or of 784 bytes, 784 numbers from 0 to 255, or 28 rows of 28.',
    anyOf: [{ type: 'string' }, { type: 'array', items: {} }],
  }),
  id: z.string().optional(),
  label: label.optional(),
});

/** As a page's form or `curl -F` sends an image; here it is only described. */
export const imageForm = onTheWire(z.unknown(), {
  type: 'object',
  required: ['image'],
  properties: { image: { type: 'string', contentMediaType: 'application/octet-stream' } },
  description: 'The first file counts, whatever the name of its field.',
});

export const publishBody = z
  .strictObject(
    {
      split,
      start: whole(0, MAX_INDEX),
      end: whole(1, MAX_INDEX),
      rate: between(0.01, 1_000_000).optional(),
      loop: flag.default(false),
      shuffle: flag.default(false),
    },
    { error: objectMessage },
  )
  .refine(({ start, end }) => end > start, {
    path: ['end'],
    message: 'must be larger than start (end is not included)',
  });

/** One by one; `pushToConsumerFields` also knows what they mean together. */
export const pushToConsumerField = z.strictObject(
  {
    start_idx: whole(0, MAX_INDEX),
    end_idx: whole(1, MAX_INDEX),
    split,
    rate: between(0.01, 1_000_000).optional(),
    wait: flag.default(false),
  },
  { error: objectMessage },
);

export const pushToConsumerFields = pushToConsumerField.refine(
  ({ start_idx, end_idx }) => end_idx > start_idx,
  { path: ['end_idx'], message: 'must be larger than start_idx (end_idx is not included)' },
);

function objectMessage(issue: { code?: string }): string | undefined {
  return issue.code === 'invalid_type' ? 'must be an object with fields' : undefined;
}
