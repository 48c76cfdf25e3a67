import type { OutgoingMessage } from '../core/message';
import type { PredictionOutcome } from '../core/prediction';
import type { PredictionHeaders } from './prediction-headers';
import type { PredictionValue } from './prediction-value';

/**
 * A prediction as a message: JSON of `schema/prediction.v1.json` or `v2`, keyed by the input's key, else the id.
 *
 * @param valueOf where something else than that JSON is published
 */
export function encodePrediction(
  outcome: PredictionOutcome,
  headersOf: PredictionHeaders,
  valueOf: PredictionValue = jsonOf,
): OutgoingMessage {
  return {
    key: outcome.delivery.key ?? outcome.id,
    value: valueOf(outcome),
    headers: headersOf(outcome),
  };
}

function jsonOf({ json }: PredictionOutcome): Buffer {
  return json;
}
