import { BatchPrediction, type PredictedBatch } from '../core/batch-prediction';
import { StreamInferError, type RejectionCode } from '../core/errors';
import type { Delivery } from '../core/message';
import type { BatchResult, PackedBatch } from '../core/classification';
import type {
  ModelIdentity,
  Outcome,
  Prediction,
  PredictionOutcome,
  Rejection,
  Timing,
} from '../core/prediction';

/**
 * One outcome for each delivery of a batch, in order.
 *
 * @param model the model of these results, where the result does not name one
 * @param endedAt arrival of the result, `performance.now()`
 */
export function toOutcomes(
  deliveries: readonly Delivery[],
  { columns }: Pick<PackedBatch, 'columns'>,
  result: BatchResult,
  model: ModelIdentity,
  endedAt = performance.now(),
): Outcome[] {
  const startedAt = columns?.startedAt ?? endedAt;
  const batch = predictedBatch(deliveries.length, result, result.model ?? model, { startedAt, endedAt });
  const { failures } = result;
  const outcomes = new Array<Outcome>(deliveries.length);
  for (let i = 0; i < deliveries.length; i++) {
    const delivery = deliveries[i] as Delivery;
    const rejection = failures.size === 0 ? undefined : failures.get(i);
    outcomes[i] = rejection
      ? { kind: 'dead letter', delivery, rejection, model: batch.model }
      : new BatchPrediction(delivery, batch, i);
  }
  return outcomes;
}

/** An outcome for a delivery that was refused before it reached a worker. */
export function rejectDelivery(delivery: Delivery, rejection: Rejection): Outcome {
  return { kind: 'dead letter', delivery, rejection };
}

/** Why a message is refused before it is queued. */
export interface InspectionFailure {
  readonly code: RejectionCode;
  readonly message: string;
}

export function refuseDelivery(delivery: Delivery, failure: InspectionFailure): Outcome {
  return rejectDelivery(delivery, { ...failure, stage: 'admission', attempts: 1 });
}

/** The outcome of a prediction that was read from a topic: without its image. */
export function readOutcome(delivery: Delivery, prediction: Prediction, json: Buffer): PredictionOutcome {
  const { id, label, confidence, truth, model, timing } = prediction;
  return {
    kind: 'prediction',
    delivery,
    id,
    label,
    confidence,
    truth,
    model,
    ...timingOf(timing),
    prediction,
    json,
    pixels: NO_PIXELS,
  };
}

const NO_PIXELS = new Uint8Array(0);

/** Anybody may publish to a topic: values that are not numbers must not distort the figures of all others. */
function timingOf({ queueMs, inferenceMs, totalMs, batchSize }: Partial<Timing>): Timing {
  const orElse = (value: unknown, otherwise: number): number =>
    Number.isFinite(value) ? (value as number) : otherwise;
  return {
    queueMs: orElse(queueMs, 0),
    inferenceMs: orElse(inferenceMs, 0),
    totalMs: orElse(totalMs, 0),
    batchSize: orElse(batchSize, 1),
  };
}

/** Throws INTERNAL for a result with neither predictions nor a failure for each image. */
export function assertPredicted(
  size: number,
  { predictions, failures }: Pick<BatchResult, 'predictions' | 'failures'>,
): void {
  if (predictions === undefined && failures.size < size)
    throw new StreamInferError('INTERNAL', 'a batch came back without its predictions');
}

function predictedBatch(
  size: number,
  result: BatchResult,
  model: ModelIdentity,
  times: { readonly startedAt: number; readonly endedAt: number },
): PredictedBatch {
  assertPredicted(size, result);
  const { predictions, probabilities: scores, decoded } = result;
  const { inferenceMs, decodeMs, pixelSums, imageSize } = result;
  const columns = predictions ?? NO_PREDICTIONS;
  const { buffer, byteOffset, length } = columns.json;
  const json = Buffer.from(buffer, byteOffset, length);
  const about = { scores, decoded, model, inferenceMs, decodeMs, batchSize: size, pixelSums, imageSize };
  return { ...columns, json, ...about, ...times };
}

const NO_PREDICTIONS = {
  json: new Uint8Array(0),
  ends: new Uint32Array(0),
  labels: new Int32Array(0),
  confidences: new Float64Array(0),
  truths: new Int32Array(0),
};
