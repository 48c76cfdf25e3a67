import { z } from 'zod';
import { REJECTION_CODES } from '../../core/errors';
import type { StoredEvent } from '../../core/event';
import { RULE_KINDS, SEVERITIES } from '../../core/rule';
import { component } from '../openapi/json-schema';
import { driftFinding } from './drift';
import { prediction } from './predictions';
import { flag, objectMessage, once, whole } from './request-fields';
import { count, next, text, time, type Wire } from './answer-fields';

const acknowledgement = z.object({ at: time, by: text, note: text });

/** An event; with an alert number it is an alert, too. */
export const event = component(
  'Event',
  z.object({
    schemaVersion: z.literal(1),
    seq: count,
    id: text,
    rule: text,
    kind: z.enum(RULE_KINDS),
    severity: z.enum(SEVERITIES),
    description: text,
    at: time,
    count: count.describe('Matches when the event was raised.'),
    matches: count.describe('All matches so far.'),
    lastAt: time.describe('Latest match.'),
    alert: z.int().min(1).nullable().describe('Alert number; null if the event is not an alert.'),
    acknowledged: acknowledgement.nullable(),
    images: z.object({ image: z.boolean(), enlarged: z.boolean(), occlusion: z.boolean() }),
    prediction: prediction.exactOptional().describe('The prediction that raised the event.'),
    deadLetter: z
      .object({ sourceId: text, code: z.enum(REJECTION_CODES), message: text })
      .exactOptional()
      .describe('The dead letter that raised the event.'),
    drift: driftFinding.exactOptional(),
  }) satisfies z.ZodType<StoredEvent>,
);
export type EventAnswer = Wire<typeof event>;

const rule = component(
  'Rule',
  z.object({ name: text, kind: z.enum(RULE_KINDS), severity: z.enum(SEVERITIES), alert: z.boolean() }),
);
export type RuleAnswer = Wire<typeof rule>;

const eventsState = z.object({
  open: count.describe('Events that are not yet stored, published or posted.'),
  shed: count.describe('Events dropped since the start because too many were open.'),
  alarm: text.nullable().describe('Why a crash may lose events; null if it cannot.'),
});
export type EventsState = Wire<typeof eventsState>;

export const eventsAnswer = z.object({
  events: z.array(event),
  next,
  rules: z.array(rule).describe('Configured rules; stored events may be of former rules.'),
  state: eventsState,
});
export type EventsAnswer = Wire<typeof eventsAnswer>;

export const alertsAnswer = z.object({ alerts: z.array(event), next });
export type AlertsAnswer = Wire<typeof alertsAnswer>;

const conditions = {
  rule: once(64).optional(),
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
};

export const eventsQuery = z.strictObject(conditions);

export const alertsQuery = z.strictObject({ ...conditions, acknowledged: flag.optional() });

export const alertNumber = whole(1, Number.MAX_SAFE_INTEGER);

export const alertPath = z.object({ number: alertNumber });

const words = (most: number) =>
  z.string({ error: 'must be a text' }).max(most, `must have at most ${most} characters`);

export const acknowledgeBody = z.strictObject(
  { by: words(100).default(''), note: words(1_000).default('') },
  { error: objectMessage },
);
