import type { z } from 'zod';
import { ruleEventSchema } from '../../codec/event-schema';
import type { RuleEvent, StoredEvent } from '../../core/event';
import { eventRowSchema } from './row-schemas';
import type { Rows } from './rows';

type Row = z.infer<typeof eventRowSchema>;

/** The valid ones of these rows of the table of events. */
export function toStoredEvents(rows: Rows, found: readonly unknown[]): StoredEvent[] {
  return rows
    .valid('events', eventRowSchema, found)
    .flatMap((row) => rows.body('events', ruleEventSchema, row.body).map((event) => toStored(row, event)));
}

function toStored(row: Row, event: RuleEvent): StoredEvent {
  const names = row.images?.split(',') ?? [];
  return {
    ...event,
    seq: row.seq,
    matches: row.matches,
    lastAt: row.last_at,
    acknowledged:
      row.acknowledged_at === null
        ? null
        : { at: row.acknowledged_at, by: row.acknowledged_by ?? '', note: row.note ?? '' },
    images: {
      image: names.includes('image'),
      enlarged: names.includes('enlarged'),
      occlusion: names.includes('occlusion'),
    },
  };
}
