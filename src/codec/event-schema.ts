import { z } from 'zod';
import { DRIFT_MEASURES, type RuleEvent } from '../core/event';
import type { RejectionCode } from '../core/errors';
import { RULE_KINDS, SEVERITIES } from '../core/rule';
import { predictionSchema, time } from './prediction-schema';

const text = z.string().min(1);
const number = z.number();
const shares = z.array(z.number().min(0)).max(65_535);
const measured = { measure: z.enum(DRIFT_MEASURES), index: number, limit: number };

/** A later version may have other codes: they are shown unchanged. */
const code = z.string().regex(/^[A-Z][A-Z_]*$/) as unknown as z.ZodType<RejectionCode>;

/** An event in the store and in the journal. */
export const ruleEventSchema = z.object({
  schemaVersion: z.literal(1),
  id: text.max(1_000),
  rule: text.max(1_000),
  kind: z.enum(RULE_KINDS),
  severity: z.enum(SEVERITIES),
  description: z.string(),
  at: time,
  count: z.int().min(1),
  alert: z.int().min(1).nullable(),
  prediction: predictionSchema.exactOptional(),
  deadLetter: z.object({ sourceId: z.string(), code, message: z.string() }).exactOptional(),
  drift: z
    .object({
      ...measured,
      samples: z.int().min(1),
      shares,
      expected: shares,
      measures: z.array(z.object(measured)).max(100),
    })
    .exactOptional(),
}) satisfies z.ZodType<RuleEvent>;
