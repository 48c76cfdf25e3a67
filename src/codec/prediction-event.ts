import type { PredictionOutcome } from '../core/prediction';

/** Type of the event, without the version of its schema. */
const PREDICTION_EVENT = 'stream-infer.prediction.v';

/** Attributes of the CloudEvent of a prediction, in binary and in structured mode. */
export function eventAttributes({ id, delivery, prediction }: PredictionOutcome) {
  const { broker, topic } = delivery.place ?? delivery.origin;
  return {
    specversion: '1.0',
    type: `${PREDICTION_EVENT}${prediction.schemaVersion}`,
    source: `/stream-infer/${broker}/${topic}`,
    id,
    time: prediction.predictedAt,
  };
}

/** The data of a structured CloudEvent with a prediction; every other value itself. */
export function dataOfEvent(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return value;
  const { type, data } = value;
  return typeof type === 'string' && type.startsWith(PREDICTION_EVENT) ? data : value;
}
