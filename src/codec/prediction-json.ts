import type { OutgoingMessage } from '../core/message';
import type { PredictionOutcome } from '../core/prediction';
import type { PredictionHeaders } from './prediction-headers';

/** A prediction as a message: JSON of `schema/prediction.v1.json` or `v2`, keyed by the input's key, else the id. */
export function encodePrediction(outcome: PredictionOutcome, headersOf: PredictionHeaders): OutgoingMessage {
  return {
    key: outcome.delivery.key ?? outcome.id,
    value: outcome.json,
    headers: headersOf(outcome),
  };
}
