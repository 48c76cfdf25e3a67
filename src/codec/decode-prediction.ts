import type { Prediction } from '../core/prediction';
import { checkedJson, type Checked } from './checked';
import { anyPredictionSchema, predictionSchema } from './prediction-schema';

/** The inverse of `encodePrediction`: a prediction of one of Fashion-MNIST's classes, or why it is not one. */
export type AcceptedModel = 'fashion-mnist' | 'any';

/**
 * The inverse of `encodePrediction`, for every reader of the predictions topic: a prediction, or why the message is not
 * one, since other programs may publish there, too.
 */
export function decodePrediction(value: Buffer | null, accepted: AcceptedModel): Checked<Prediction> {
  return checkedJson(accepted === 'any' ? anyPredictionSchema : predictionSchema, value);
}
