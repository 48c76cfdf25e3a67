import type { HeaderMode } from '../core/header-mode';
import type { BrokerKind, Header } from '../core/message';
import type { OutputFormat } from '../core/output-form';
import type { PredictionOutcome } from '../core/prediction';
import { cloudEventPrefix, type CloudEventPrefix } from './cloud-event-prefix';
import { copiedHeaders } from './copied-headers';
import { eventAttributes } from './prediction-event';

/** All headers of a prediction. */
export type PredictionHeaders = (outcome: PredictionOutcome) => readonly Header[];

const NONE: readonly Header[] = Object.freeze([]);
/** Readers recognize a structured CloudEvent by it. */
const EVENT_TYPE: Header = Object.freeze(['content-type', 'application/cloudevents+json'] as const);
const EVENT_TYPE_ONLY: readonly Header[] = Object.freeze([EVENT_TYPE]);

/** Our own headers for that mode, then those copied from the input. */
export function predictionHeaders(
  mode: HeaderMode,
  broker: BrokerKind,
  format: OutputFormat = 'json',
  contentType = 'application/json',
): PredictionHeaders {
  const type: Header = Object.freeze(['content-type', contentType] as const);
  const own = format === 'cloudevents' ? () => EVENT_TYPE_ONLY : ownHeaders(mode, broker, type);
  return (outcome) => {
    const copied = copiedHeaders(outcome.delivery.headers);
    return copied.length === 0 ? own(outcome) : [...own(outcome), ...copied];
  };
}

function ownHeaders(mode: HeaderMode, broker: BrokerKind, type: Header): PredictionHeaders {
  if (mode === 'none') return () => NONE;
  // One frozen array for all predictions: no object per message, and the Kafka adapter converts it once.
  const typeOnly = Object.freeze([type]);
  if (mode === 'json') return () => typeOnly;
  const prefix = cloudEventPrefix(broker);
  return (outcome) => cloudEventHeaders(outcome, prefix, type);
}

function cloudEventHeaders(outcome: PredictionOutcome, prefix: CloudEventPrefix, type: Header): Header[] {
  const { label, confidence, delivery } = outcome;
  const attributes = Object.entries(eventAttributes(outcome));
  return [
    type,
    ['label', String(label)],
    ['confidence', String(confidence)],
    ['source-id', delivery.sourceId],
    ...attributes.map(([name, value]): Header => [`${prefix}${name}`, value]),
  ];
}
