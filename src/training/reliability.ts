import { argMax } from '../core/arg-max';
import type { Calibration, ReliabilityPoint } from '../core/baseline';
import { computeMetrics, type ClassNumbers } from './metrics';

const BINS = 20;
/** Range of the temperature. */
const [COLDEST, HOTTEST] = [0.2, 10];
/** 30 steps of the golden section narrow the log temperature to a millionth of its range. */
const STEPS = 30;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const SMALLEST_PROBABILITY = 1e-7;

/** Accuracy by confidence in 20 bins, without empty bins. */
export function measureReliability(probabilities: Float32Array, labels: ClassNumbers): ReliabilityPoint[] {
  const classes = probabilities.length / labels.length;
  const bins = Array.from({ length: BINS }, () => ({ images: 0, confidence: 0, right: 0 }));
  labels.forEach((truth, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const label = argMax(row);
    const confidence = Math.min(1, row[label] ?? 0);
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    bin.images++;
    bin.confidence += confidence;
    bin.right += label === truth ? 1 : 0;
  });
  return bins
    .filter(({ images }) => images > 0)
    .map(({ images, confidence, right }) => ({
      images,
      confidence: confidence / images,
      accuracy: right / images,
    }));
}

/** Expected calibration error: the mean difference of confidence and accuracy (Naeini et al., AAAI 2015). */
export function calibrationErrorOf(points: readonly ReliabilityPoint[]): number {
  const images = points.reduce((sum, point) => sum + point.images, 0);
  const gaps = points.reduce(
    (sum, point) => sum + point.images * Math.abs(point.confidence - point.accuracy),
    0,
  );
  return images === 0 ? 0 : gaps / images;
}

/**
 * Finds the temperature with the smallest log loss; predicted classes do not change. Log probabilities
 * replace the logits, since they differ by a constant per image.
 *
 * @see Guo et al., On Calibration of Modern Neural Networks, ICML 2017
 */
export function calibrate(probabilities: Float32Array, labels: ClassNumbers): Calibration {
  const temperature = fitTemperature(probabilities, labels);
  const calibrated = atTemperature(probabilities, labels.length, temperature);
  const lossOf = (some: Float32Array): number =>
    computeMetrics(some, labels, some.length / labels.length).logLoss;
  return {
    temperature,
    error: calibrationErrorOf(measureReliability(probabilities, labels)),
    calibratedError: calibrationErrorOf(measureReliability(calibrated, labels)),
    logLoss: lossOf(probabilities),
    calibratedLogLoss: lossOf(calibrated),
  };
}

/** Rescales n × classes probabilities to a temperature. */
export function atTemperature(probabilities: Float32Array, n: number, temperature: number): Float32Array {
  const classes = probabilities.length / n;
  const result = new Float32Array(probabilities.length);
  for (let start = 0; start < result.length; start += classes) {
    let sum = 0;
    for (let c = start; c < start + classes; c++) {
      const scaled = Math.max(probabilities[c] ?? 0, SMALLEST_PROBABILITY) ** (1 / temperature);
      result[c] = scaled;
      sum += scaled;
    }
    for (let c = start; c < start + classes; c++) result[c] = (result[c] ?? 0) / sum;
  }
  return result;
}

/** Golden-section search; the loss is convex in 1/temperature, so it has one minimum. */
function fitTemperature(probabilities: Float32Array, labels: ClassNumbers): number {
  const lossAt = (log: number): number =>
    computeMetrics(
      atTemperature(probabilities, labels.length, Math.exp(log)),
      labels,
      probabilities.length / labels.length,
    ).logLoss;
  let [low, high] = [Math.log(COLDEST), Math.log(HOTTEST)];
  for (let step = 0; step < STEPS; step++) {
    const span = GOLDEN * (high - low);
    if (lossAt(high - span) < lossAt(low + span)) high = low + span;
    else low = high - span;
  }
  return Math.exp((low + high) / 2);
}
