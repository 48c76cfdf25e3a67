import { z } from 'zod';
import { SERIOUS_DRIFT } from '../quality/drift';
import { REJECTION_CODES } from '../core/errors';
import { CLASS_COUNT, CLASS_NAMES, parseLabel } from '../core/labels';
import { RULE_KINDS, SEVERITIES } from '../core/rule';
import { closest } from '../core/suggest';
import { duration } from './duration-schema';

/** Limit of the matches that a rule remembers, because each costs memory. */
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
    .describe('Name of the rule in events and alerts.'),
  severity: z.enum(SEVERITIES).default('warning').describe('Severity of its events and alerts.'),
  alert: z.boolean().default(false).describe('Whether an event also raises a numbered alert.'),
  cooldown: duration.prefault('1m').describe('Time without a match after which the rule re-arms.'),
  remind: duration.prefault('1h').describe('Interval of reminders while the cause lasts.'),
};

const seenByRules = REJECTION_CODES.filter((code) => code !== 'OUTCOME_TOO_LARGE');

/** One rule of each kind; each object is strict. */
const RULES = [
  z.strictObject({
    kind: z.literal('label'),
    ...common,
    labels: z.array(label).min(1, 'name at least one class').describe('Classes that match.'),
    minConfidence: share.default(0).describe('Lowest confidence that matches.'),
  }),
  z.strictObject({
    kind: z.literal('low-confidence'),
    ...common,
    maxConfidence: share.describe('Highest confidence that matches.'),
    count: count.default(1).describe('Matches within the window that make an event.'),
    window: window.prefault('60s').describe('Length of the window.'),
  }),
  z.strictObject({
    kind: z.literal('wrong'),
    ...common,
    count: count.default(1).describe('Wrong predictions within the window that make an event.'),
    window: window.prefault('60s').describe('Length of the window.'),
  }),
  z.strictObject({
    kind: z.literal('rate'),
    ...common,
    label: label.describe('Class whose predictions are counted.'),
    moreThan: moreThan.describe('Predictions within the window above which an event is made.'),
    window: window.prefault('60s').describe('Length of the window.'),
  }),
  z.strictObject({
    kind: z.literal('dead-letters'),
    ...common,
    codes: z.array(z.enum(seenByRules)).min(1).optional().describe('Error codes that count (default: all).'),
    moreThan: moreThan.describe('Dead letters within the window above which an event is made.'),
    window: window.prefault('60s').describe('Length of the window.'),
  }),
  z.strictObject({
    kind: z.literal('drift'),
    ...common,
    above: z
      .number()
      .positive()
      .max(MOST_DRIFT, `can never fire: the index of everything in one class is about ${MOST_DRIFT}`)
      .default(SERIOUS_DRIFT)
      .describe('Population stability index above which drift is reported.'),
    samples: z
      .number()
      .int()
      .min(100)
      .max(1_000_000)
      .default(1000)
      .describe('Consecutive predictions that are compared with the baseline.'),
    baseline: z
      .array(share)
      .length(CLASS_COUNT, `a baseline has ${CLASS_COUNT} shares, one a class`)
      .refine(
        (shares) => Math.abs(shares.reduce((sum, one) => sum + one, 0) - 1) < 0.01,
        'the shares must sum up to 1',
      )
      .optional()
      .describe("Expected share of each class (default: the model's own baseline)."),
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
