import type { Prediction } from '../core/prediction';
import { checkedJson, type Checked } from './checked';
import { predictionSchema } from './prediction-schema';

/** The other way of `encodePrediction`: a prediction of one of Fashion-MNIST's classes, or why it is not one. */
export function decodePrediction(value: Buffer | null): Checked<Prediction> {
  return checkedJson(predictionSchema, value);
}
