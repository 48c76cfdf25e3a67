import { isStreamInferError, type StreamInferError } from '../core/errors';
import type { FitHooks } from '../training/epoch';
import type { FineTuneResult } from '../training/fine-tune';
import type { QuantizeResult } from '../training/quantize';
import type { TrainOptions, TrainResult } from '../training/train';
import { percent } from '../core/percent';
import { renderClassTable } from './metrics-table';
import { runnable } from './program-name';

type Place = Pick<TrainOptions, 'out' | 'epochs'>;

/** Adds one JSON line per epoch to the hooks. */
export function withJsonLines(
  hooks: FitHooks,
  stream: Pick<NodeJS.WriteStream, 'write'> = process.stdout,
): FitHooks {
  return {
    onBatch: (report) => hooks.onBatch?.(report),
    onEpoch: (report) => {
      hooks.onEpoch?.(report);
      stream.write(`${JSON.stringify({ type: 'epoch', ...report })}\n`);
    },
  };
}

/** The last JSON line. */
export function trainingToJson(
  { out }: Place,
  { metrics, epochs, ended, manifest }: TrainResult,
  quantized: QuantizeResult | StreamInferError,
): string {
  const made = isStreamInferError(quantized)
    ? { int8: { problem: quantized.message }, manifest }
    : { int8: quantized.int8, manifest: quantized.manifest };
  return `${JSON.stringify({ type: 'model', dir: out, ended, epochs, test: metrics, ...made })}\n`;
}

export function renderTraining(
  { out, epochs: planned }: Place,
  { metrics, epochs, ended, manifest }: TrainResult,
  quantized: QuantizeResult | StreamInferError,
): string {
  const best = epochs.findLast((epoch) => epoch.best);
  const ends = {
    complete: 'Done.',
    patience: `Done after ${epochs.length} of ${planned} epochs: no improvement in the last ${epochs.length - (best?.epoch ?? 0)}.`,
    signal: 'Stopped early; the best weights so far were kept.',
  };
  return [
    '',
    ends[ended],
    `${manifest.name} ${manifest.version}: ${percent(metrics.accuracy)} of ${metrics.n} test images are right ` +
      `(weights of epoch ${best?.epoch ?? '-'}).`,
    isStreamInferError(quantized) ? `No int8 variant: ${quantized.message}` : `${describeInt8(quantized)}.`,
    '',
    renderClassTable(metrics),
    '',
    `Written to ${out}; loss and accuracy by epoch are in curves.svg`,
    runnable(`Try it: stream-infer evaluate --model ${out}`),
    '',
  ].join('\n');
}

/** Shared with `models quantize`. */
export function describeInt8({ int8, fp32Accuracy }: QuantizeResult): string {
  const { accuracy, agreement, testImages, source } = int8;
  const images = source === undefined ? `${testImages} test images` : `${testImages} images`;
  if (accuracy === undefined || fp32Accuracy === null)
    return `${percent(agreement)} of ${images} have the same class in 8-bit integers as in fp32`;
  return (
    `${percent(accuracy)} of ${images} are right in 8-bit integers ` +
    `(fp32: ${percent(fp32Accuracy)}), ${percent(agreement)} have the same class`
  );
}

/** The last JSON line of a training from labels. */
export function fineTuningToJson(
  out: string,
  { manifest, metrics, comparison, epochs }: FineTuneResult,
  quantized: QuantizeResult | StreamInferError,
): string {
  const result = { metrics, epochs, manifest, ended: 'complete' as const };
  const line = JSON.parse(trainingToJson({ out, epochs: epochs.length }, result, quantized)) as object;
  return `${JSON.stringify({ ...line, comparison })}\n`;
}

export function renderFineTuning(
  out: string,
  { manifest, comparison }: FineTuneResult,
  quantized: QuantizeResult | StreamInferError,
): string {
  const { heldOutImages, testImages, base, candidate } = comparison;
  return [
    '',
    `${manifest.name} ${manifest.version} is right on`,
    `  ${percent(candidate.heldOut)} of ${heldOutImages} labelled images that were held out (before: ${percent(base.heldOut)})`,
    `  ${percent(candidate.test)} of ${testImages} test images (before: ${percent(base.test)})`,
    isStreamInferError(quantized) ? `No int8 variant: ${quantized.message}` : `${describeInt8(quantized)}.`,
    '',
    `Written to ${out}`,
    runnable(`Try it: stream-infer evaluate --model ${out}`),
    '',
  ].join('\n');
}
