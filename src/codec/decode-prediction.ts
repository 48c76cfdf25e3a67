import type { Prediction } from '../core/prediction';
import { checkedJson, type Checked } from './checked';
import { anyPredictionSchema, predictionSchema } from './prediction-schema';

/** Which predictions a reader takes: version 1 with Fashion-MNIST's classes, or both versions with any classes. */
export type AcceptedModel = 'fashion-mnist' | 'any';

/**
 * The inverse of `encodePrediction`, for every reader of the predictions topic. Other programs may publish there too,
 * so the result is a prediction, or why the message is not one.
 */
export function decodePrediction(value: Buffer | null, accepted: AcceptedModel): Checked<Prediction> {
  return checkedJson(accepted === 'any' ? anyPredictionSchema : predictionSchema, value);
}
