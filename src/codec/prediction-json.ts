import { headerText, type Header, type OutgoingMessage } from '../core/message';
import type { PredictionOutcome } from '../core/prediction';
import { DEAD_LETTER_HEADERS } from './dead-letter-headers';

/** How header names of CloudEvents' binary mode begin: `ce_` in its Kafka binding, `ce-` elsewhere. */
export type CloudEventPrefix = 'ce_' | 'ce-';

/**
 * Headers that say something of the input alone, that the prediction has its own value for, or that would make it look
 * like a dead letter.
 */
const NOT_PASSED_ON = new Set(['content-type', 'id', 'label', 'confidence', ...DEAD_LETTER_HEADERS]);

/**
 * A prediction as a message: JSON of `schema/prediction.v1.json`, keyed by the input's key, else the id. Headers of the
 * input that mean nothing to this program travel on.
 */
export function encodePrediction(outcome: PredictionOutcome, prefix: CloudEventPrefix): OutgoingMessage {
  const { delivery, prediction, json } = outcome;
  return {
    key: delivery.key ?? prediction.id,
    value: json,
    headers: [
      ['content-type', 'application/json'],
      ['label', String(prediction.label)],
      ['confidence', String(prediction.confidence)],
      ['source-id', delivery.sourceId],
      [`${prefix}specversion`, '1.0'],
      [`${prefix}type`, 'stream-infer.prediction.v1'],
      [`${prefix}source`, `/stream-infer/${prediction.source.broker}/${prediction.source.topic}`],
      [`${prefix}id`, prediction.id],
      [`${prefix}time`, prediction.predictedAt],
      ...passedOn(delivery.headers),
    ],
  };
}

function passedOn(headers: readonly Header[]): readonly Header[] {
  if (headers.length === 0) return headers;
  const rest = headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !NOT_PASSED_ON.has(lower) && !lower.startsWith('ce_') && !lower.startsWith('ce-');
  });
  // Google's client writes its W3C trace context under a name of its own.
  const google = headerText(headers, 'googclient_traceparent');
  if (google !== undefined && headerText(headers, 'traceparent') === undefined)
    rest.push(['traceparent', google]);
  return rest;
}
