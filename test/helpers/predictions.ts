import { PredictionWriter } from '../../src/codec/prediction-writer';
import { FASHION_MNIST_DESCRIPTION } from './model-description';
import type { BatchResult, PackedBatch } from '../../src/core/classification';
import type { ModelIdentity } from '../../src/core/prediction';

const MODEL: ModelIdentity = {
  name: 'm',
  version: 1,
  sha256: '',
  runtime: 'tfjs-wasm',
  precision: 'fp32',
};

/** The result of a classifier, with predictions encoded like those of a worker. */
export function answerOf(
  batch: PackedBatch,
  probabilities: Float32Array,
  { failures = new Map(), decoded = new Map(), inferenceMs = 1, ...rest }: Partial<BatchResult> = {},
): BatchResult {
  const { columns, size } = batch;
  const inferred = {
    size,
    probabilities,
    inferenceMs,
    envelopes: decoded,
    refused: new Set(failures.keys()),
  };
  const writer = new PredictionWriter(rest.model ?? MODEL, FASHION_MNIST_DESCRIPTION);
  const predictions = columns && writer.write(columns, inferred, performance.now());
  return { probabilities, failures, decoded, inferenceMs, predictions, ...rest };
}
