import { z } from 'zod';
import type { Prediction } from '../core/prediction';
import { checkedJson, type Checked } from './checked';
import { dataOfEvent } from './prediction-event';
import { predictionSchema } from './prediction-schema';

const published = z.preprocess(dataOfEvent, predictionSchema);

/**
 * The inverse of `encodePrediction`, for every reader of the predictions topic: a prediction of any model. Other programs
 * may publish there, too, so the result may be why a message is not a prediction.
 */
export function decodePrediction(value: Buffer | null): Checked<Prediction> {
  return checkedJson(published, value);
}
