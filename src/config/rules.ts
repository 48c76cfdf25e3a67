import { z } from 'zod';
import { SERIOUS_DRIFT } from '../quality/drift';
import { REJECTION_CODES } from '../core/errors';
import { CLASS_COUNT, CLASS_NAMES, parseLabel } from '../core/labels';
import { noSuchClass } from '../core/resolve-rules';
import { RULE_KINDS, SEVERITIES, type ClassReference } from '../core/rule';
import { duration } from './duration-schema';

/** Limit of the matches that a rule remembers, because each costs memory. */
const MOST_MATCHES = 10_000;
export const MOST_RULES = 100;
const DAY_MS = 86_400_000;
const MOST_DRIFT = 8;

/** A class in a rule: a name or a number. */
export type ClassSchema = z.ZodType<ClassReference, ClassReference>;

/** A class of Fashion-MNIST, as its label. */
const knownClass: ClassSchema = z
  .union([z.string(), z.number()], { error: 'a class is its name, or its number from 0 to 9' })
  .transform((value, context) => {
    const found = parseLabel(value);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: noSuchClass(value, CLASS_NAMES), input: value });
    return z.NEVER;
  });

/** A class of another model: resolved when the model is loaded. */
const anyClass: ClassSchema = z.union([z.string().trim().min(1).max(1_000), z.int().min(0).max(65_534)], {
  error: 'a class is its name, or its number from 0',
});

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
function rulesOf(classSchema: ClassSchema, classes: number | undefined) {
  const label = classSchema.describe('A class: its name, or its number from 0.');
  return [
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
      kind: z.literal('objects'),
      ...common,
      label: label.optional().describe('Class of the counted objects (default: all classes).'),
      minConfidence: share.default(0).describe('Lowest confidence of a counted object.'),
      moreThan: moreThan.describe('Objects in one image above which it matches.'),
    }),
    z.strictObject({
      kind: z.literal('dead-letters'),
      ...common,
      codes: z
        .array(z.enum(seenByRules))
        .min(1)
        .optional()
        .describe('Error codes that count (default: all).'),
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
        .min(classes ?? 1, `a baseline has ${classes ?? 'some'} shares, one a class`)
        .max(classes ?? 65_535, `a baseline has ${classes ?? 'fewer'} shares, one a class`)
        .refine(
          (shares) => Math.abs(shares.reduce((sum, one) => sum + one, 0) - 1) < 0.01,
          'the shares must sum up to 1',
        )
        .optional()
        .describe("Expected share of each class (default: the model's own baseline)."),
    }),
  ] as const;
}

/** Rules about the classes of the shipped models. */
const RULES = rulesOf(knownClass, CLASS_COUNT);
export const rulesSchema = listOf(RULES);

/** Rules about the classes of another model. */
export const anyRulesSchema: typeof rulesSchema = listOf(rulesOf(anyClass, undefined));

function listOf(rules: typeof RULES) {
  return z
    .array(
      z.discriminatedUnion('kind', rules, {
        error: (issue) =>
          issue.code === 'invalid_union'
            ? `expected one of ${RULE_KINDS.join(', ')}`
            : 'a rule is a map with name and kind',
      }),
    )
    .max(MOST_RULES, `at most ${MOST_RULES} rules`);
}

/** Every key that some rule has, for suggestions. */
export const RULE_KEYS: readonly string[] = [...new Set(RULES.flatMap((rule) => Object.keys(rule.shape)))];
