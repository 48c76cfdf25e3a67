import type { HeaderMode } from '../core/header-mode';
import type { BrokerKind, Header } from '../core/message';
import type { PredictionOutcome } from '../core/prediction';
import { cloudEventPrefix, type CloudEventPrefix } from './cloud-event-prefix';
import { copiedHeaders } from './copied-headers';

/** All headers of a prediction. */
export type PredictionHeaders = (outcome: PredictionOutcome) => readonly Header[];

const NONE: readonly Header[] = Object.freeze([]);
const CONTENT_TYPE: Header = Object.freeze(['content-type', 'application/json'] as const);
/** One frozen array for all predictions: no object per message, and the Kafka adapter converts it once. */
const CONTENT_TYPE_ONLY: readonly Header[] = Object.freeze([CONTENT_TYPE]);

/** Our own headers for that mode, then those copied from the input. */
export function predictionHeaders(mode: HeaderMode, broker: BrokerKind): PredictionHeaders {
  const own = ownHeaders(mode, broker);
  return (outcome) => {
    const copied = copiedHeaders(outcome.delivery.headers);
    return copied.length === 0 ? own(outcome) : [...own(outcome), ...copied];
  };
}

function ownHeaders(mode: HeaderMode, broker: BrokerKind): PredictionHeaders {
  if (mode === 'none') return () => NONE;
  if (mode === 'json') return () => CONTENT_TYPE_ONLY;
  const prefix = cloudEventPrefix(broker);
  return (outcome) => cloudEventHeaders(outcome, prefix);
}

function cloudEventHeaders(outcome: PredictionOutcome, prefix: CloudEventPrefix): Header[] {
  const { id, label, confidence, delivery, prediction } = outcome;
  const { broker, topic } = delivery.place ?? delivery.origin;
  return [
    CONTENT_TYPE,
    ['label', String(label)],
    ['confidence', String(confidence)],
    ['source-id', delivery.sourceId],
    [`${prefix}specversion`, '1.0'],
    [`${prefix}type`, `stream-infer.prediction.v${prediction.schemaVersion}`],
    [`${prefix}source`, `/stream-infer/${broker}/${topic}`],
    [`${prefix}id`, id],
    [`${prefix}time`, prediction.predictedAt],
  ];
}
