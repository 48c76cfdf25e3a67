import { argMax } from '../core/arg-max';
import type { Calibration, ModelBaseline, Spread } from '../core/baseline';
import { sumPixels } from '../inference/pixel-sums';
import type { LabelledImages } from './batches';
import { computeMetrics, type ClassNumbers } from './metrics';
import { calibrate, measureReliability } from './reliability';

/** The bin edges are the deciles of the confidence … */
const CONFIDENCE_BINS = 10;
/** … below this limit; above it, runtimes and precisions differ by rounding. */
const HIGHEST_EDGE = 0.999;

/** Computes the baseline from validation images and the model's n × classes probabilities, row-major. */
export function measureBaseline(
  images: Pick<LabelledImages, 'pixels'> & { readonly labels: ClassNumbers },
  probabilities: Float32Array,
): ModelBaseline {
  const { labels, pixels } = images;
  const classes = probabilities.length / labels.length;
  const predicted = Array.from({ length: classes }, () => 0);
  const confidences = Array.from(labels, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const label = argMax(row);
    predicted[label]!++;
    return Math.round((row[label] ?? 0) * 1e6) / 1e6;
  });
  return {
    images: labels.length,
    accuracy: computeMetrics(probabilities, labels, classes).accuracy,
    classes: predicted.map((count) => rounded(count / labels.length)),
    confidence: binConfidences(confidences),
    ...measureImages(pixels, labels.length),
    reliability: measureReliability(probabilities, labels).map(({ images: count, ...shares }) => ({
      images: count,
      confidence: rounded(shares.confidence),
      accuracy: rounded(shares.accuracy),
    })),
    calibration: roundedCalibration(calibrate(probabilities, labels)),
  };
}

function binConfidences(confidences: readonly number[]): { edges: number[]; shares: number[] } {
  const sorted = confidences.toSorted((a, b) => a - b);
  const quantiles = Array.from(
    { length: CONFIDENCE_BINS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / CONFIDENCE_BINS)] ?? 1,
  );
  const edges = [...new Set(quantiles.filter((edge) => edge < HIGHEST_EDGE))];
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const confidence of confidences) counts[edges.filter((edge) => confidence >= edge).length]!++;
  return { edges, shares: counts.map((count) => rounded(count / confidences.length)) };
}

function measureImages(pixels: Uint8Array, n: number): { brightness: Spread; contrast: Spread } {
  const size = pixels.length / n;
  const single = Array.from({ length: n }, (_, i) =>
    sumPixels(pixels.subarray(i * size, (i + 1) * size), 1, size),
  );
  return {
    brightness: spreadOf(single.map(({ brightness }) => brightness)),
    contrast: spreadOf(single.map(({ contrast }) => contrast)),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean: rounded(mean), deviation: rounded(Math.sqrt(square)) };
}

function roundedCalibration(calibration: Calibration): Calibration {
  const entries = Object.entries(calibration) as [keyof Calibration, number][];
  return Object.fromEntries(entries.map(([key, value]) => [key, rounded(value)])) as unknown as Calibration;
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
