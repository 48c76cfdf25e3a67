import { z } from 'zod';
import { SERIOUS_DRIFT } from '../quality/drift';
import { REJECTION_CODES } from '../core/errors';
import { CLASS_COUNT, CLASS_NAMES, parseLabel } from '../core/labels';
import { RULE_KINDS, SEVERITIES } from '../core/rule';
import { closest } from '../core/suggest';
import { duration } from './duration-schema';

/** Each match that a rule remembers costs memory. */
const MOST_MATCHES = 10_000;
const DAY_MS = 86_400_000;
const MOST_DRIFT = 8;

const label = z
  .union([z.string(), z.number()], { error: 'a class is its name, or its number from 0 to 9' })
  .transform((value, context) => {
    const found = parseLabel(value);
    if (found !== undefined) return found;
    const meant = typeof value === 'string' ? closest(value, CLASS_NAMES) : undefined;
    const hint = meant === undefined ? `the classes are ${CLASS_NAMES.join(', ')}` : `did you mean ${meant}?`;
    context.addIssue({ code: 'custom', message: `there is no such class; ${hint}`, input: value });
    return z.NEVER;
  })
  .describe('A class: its name, or its number from 0 to 9.');
const share = z.number().min(0).max(1);
const window = duration.refine((ms) => ms > 0 && ms <= DAY_MS, 'a window is longer than 0 and at most 24h');
const count = z.number().int().positive().max(MOST_MATCHES);
const moreThan = z
  .number()
  .int()
  .nonnegative()
  .max(MOST_MATCHES - 1);

const common = {
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/,
      'a name has 1 to 64 letters, digits, spaces, dots and dashes',
    )
    .describe('Names the rule in events and alerts.'),
  severity: z.enum(SEVERITIES).default('warning').describe('How much it matters.'),
  alert: z.boolean().default(false).describe('Raise a numbered alert, too.'),
  cooldown: duration
    .prefault('1m')
    .describe('After an event the rule is silent until it has not matched for so long.'),
  remind: duration.prefault('1h').describe('A cause that goes on is told again after so long.'),
};

const seenByRules = REJECTION_CODES.filter((code) => code !== 'OUTCOME_TOO_LARGE');

/** One rule of each kind; each object is strict. */
const RULES = [
  z.strictObject({
    kind: z.literal('label'),
    ...common,
    labels: z.array(label).min(1, 'name at least one class').describe('Predictions of these classes …'),
    minConfidence: share.default(0).describe('… at or above this confidence.'),
  }),
  z.strictObject({
    kind: z.literal('low-confidence'),
    ...common,
    maxConfidence: share.describe('Predictions at or below this confidence, …'),
    count: count.default(1).describe('… so many of them …'),
    window: window.prefault('60s').describe('… within this time.'),
  }),
  z.strictObject({
    kind: z.literal('wrong'),
    ...common,
    count: count.default(1).describe('So many predictions whose truth is known and different …'),
    window: window.prefault('60s').describe('… within this time.'),
  }),
  z.strictObject({
    kind: z.literal('rate'),
    ...common,
    label: label.describe('More predictions of this class …'),
    moreThan: moreThan.describe('… than so many …'),
    window: window.prefault('60s').describe('… within this time.'),
  }),
  z.strictObject({
    kind: z.literal('dead-letters'),
    ...common,
    codes: z.array(z.enum(seenByRules)).min(1).optional().describe('Only those with one of these codes.'),
    moreThan: moreThan.describe('More dead letters than so many …'),
    window: window.prefault('60s').describe('… within this time.'),
  }),
  z.strictObject({
    kind: z.literal('drift'),
    ...common,
    above: z
      .number()
      .positive()
      .max(MOST_DRIFT, `can never fire: the index of everything in one class is about ${MOST_DRIFT}`)
      .default(SERIOUS_DRIFT)
      .describe('Population stability index of classes, confidence, brightness or contrast above this, …'),
    samples: z
      .number()
      .int()
      .min(100)
      .max(1_000_000)
      .default(1000)
      .describe('… over so many predictions in a row.'),
    baseline: z
      .array(share)
      .length(CLASS_COUNT, `a baseline has ${CLASS_COUNT} shares, one a class`)
      .refine(
        (shares) => Math.abs(shares.reduce((sum, one) => sum + one, 0) - 1) < 0.01,
        'the shares must sum up to 1',
      )
      .optional()
      .describe("Share of each class that is expected (default: the model's own baseline)."),
  }),
] as const;

export const rulesSchema = z
  .array(
    z.discriminatedUnion('kind', RULES, {
      error: (issue) =>
        issue.code === 'invalid_union'
          ? `expected one of ${RULE_KINDS.join(', ')}`
          : 'a rule is a map with name and kind',
    }),
  )
  .max(100, 'at most 100 rules');

/** Every key that some rule has, for suggestions. */
export const RULE_KEYS: readonly string[] = [...new Set(RULES.flatMap((rule) => Object.keys(rule.shape)))];
