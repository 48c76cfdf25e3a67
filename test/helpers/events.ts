import type { EventWithImage, RuleEvent } from '../../src/core/event';
import { createOutcome } from './services';

const { prediction } = createOutcome({ label: 8, confidence: 0.98 });

/** An event like that of a rule. */
export function makeEvent(fields: Partial<RuleEvent> = {}): EventWithImage {
  const event: RuleEvent = {
    schemaVersion: 1,
    id: 'e1',
    rule: 'bags',
    kind: 'label',
    severity: 'info',
    description: 'A bag.',
    at: '2026-01-01T00:00:00.000Z',
    count: 1,
    alert: null,
    prediction,
    ...fields,
  };
  return { event, pixels: new Uint8Array(784).fill(7) };
}
