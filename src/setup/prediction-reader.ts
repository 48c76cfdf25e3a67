import { checkedJson, type Checked } from '../codec/checked';
import { anyPredictionSchema } from '../codec/prediction-schema';
import type { Prediction } from '../core/prediction';

/** What a reader of the predictions topic holds at most; it settles nothing. */
export const PREDICTION_READER_LIMITS = { maxInFlight: 10_000, maxInFlightBytes: 64 * 1024 * 1024 } as const;

/** A message of the predictions topic as a prediction of any model, or why it is not one: other programs may write there, too. */
export function readPrediction(value: Buffer | null): Checked<Prediction> {
  return checkedJson(anyPredictionSchema, value);
}
