import type { PixelSums } from './baseline';
import { parseLabel } from './labels';
import { headerText, type Delivery } from './message';
import { FASHION_MNIST } from './model-shape';
import type { BatchResult, Classifier } from './ports';
import type { ModelIdentity, Outcome, Prediction, PredictionSource, Rejection, Timing } from './prediction';

/** When a batch was worked on. */
export interface BatchTimes {
  /** Monotonic ms: the batch went to its worker. */
  readonly startedAt: number;
  /** Monotonic ms: the results came back. */
  readonly endedAt: number;
  /** ms since 1970, for `predictedAt`. */
  readonly now: number;
}

/** Turns the results of one batch into one outcome for each of its deliveries, in order. */
export function concludeBatch(
  deliveries: readonly Delivery[],
  result: BatchResult,
  classifier: Pick<Classifier, 'model' | 'shape'>,
  times: BatchTimes,
): Outcome[] {
  const predictedAt = new Date(times.now).toISOString();
  const { model = classifier.model } = result;
  const { labels } = classifier.shape ?? FASHION_MNIST;
  let { pixelSums } = result;
  return deliveries.map((delivery, i) => {
    const rejection = result.failures.get(i);
    if (rejection) return { kind: 'dead letter', delivery, rejection, model };
    const sums = pixelSums;
    pixelSums = undefined;
    return concludePrediction(delivery, i, result, { model, labels }, times, predictedAt, sums);
  });
}

function concludePrediction(
  delivery: Delivery,
  i: number,
  result: BatchResult,
  { model, labels }: { readonly model: ModelIdentity; readonly labels: readonly string[] },
  times: BatchTimes,
  predictedAt: string,
  pixelSums: PixelSums | undefined,
): Outcome {
  const decoded = result.decoded.get(i);
  const probabilities = roundedProbabilities(result.probabilities, i, labels.length);
  const label = indexOfLargest(probabilities);
  const truth = decoded?.label ?? parseLabel(headerText(delivery.headers, 'label'), labels);
  const timing: Timing = {
    queueMs: roundMs(times.startedAt - delivery.receivedAt),
    inferenceMs: roundMs(result.inferenceMs),
    totalMs: roundMs(times.endedAt - delivery.receivedAt),
    batchSize: result.probabilities.length / labels.length,
  };
  const prediction: Prediction = {
    schemaVersion: 1,
    id: predictionId(delivery, decoded?.id),
    label,
    className: labels[label] as string,
    confidence: probabilities[label] as number,
    probabilities,
    ...(truth === undefined ? undefined : { truth, correct: truth === label }),
    model,
    source: sourceOf(delivery),
    timing,
    predictedAt,
  };
  const pixels = decoded?.pixels ?? (delivery.value as Buffer);
  // `json` comes later; all of one shape from the beginning, since everything after this reads them.
  return { kind: 'prediction', delivery, prediction, pixels, json: undefined, pixelSums };
}

/** The `id` header, a CloudEvents id, the id in a JSON envelope, else the source id: the same input has always the same. */
export function predictionId(delivery: Pick<Delivery, 'headers' | 'sourceId'>, envelopeId?: string): string {
  if (delivery.headers.length > 0) {
    const id =
      headerText(delivery.headers, 'id') ??
      headerText(delivery.headers, 'ce_id') ??
      headerText(delivery.headers, 'ce-id');
    if (id) return id;
  }
  return envelopeId || delivery.sourceId;
}

/** An outcome for a delivery that was refused before it reached a worker. */
export function rejectDelivery(delivery: Delivery, rejection: Rejection): Outcome {
  return { kind: 'dead letter', delivery, rejection };
}

function sourceOf(delivery: Delivery): PredictionSource {
  return {
    ...delivery.origin,
    key: delivery.key === null ? null : delivery.key.toString('utf8'),
    timestamp: isoOrEpoch(delivery.timestamp),
  };
}

/** Neighbours often have the same timestamp, and formatting one takes longer than all the rest of a source. */
let latest = { ms: NaN, iso: '' };

/** A producer may send any timestamp; one that is no date must not stop its image. */
function isoOrEpoch(ms: number): string {
  if (ms === latest.ms) return latest.iso;
  const date = new Date(ms);
  latest = { ms, iso: Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString() };
  return latest.iso;
}

function roundedProbabilities(all: Float32Array, image: number, classes: number): number[] {
  const row = new Array<number>(classes);
  const start = image * classes;
  for (let c = 0; c < classes; c++) row[c] = Math.round((all[start + c] as number) * 1e6) / 1e6;
  return row;
}

function indexOfLargest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
