import type { Expectations, PixelSums, Spread } from '../core/baseline';
import type { DriftFinding, MeasuredDrift } from '../core/event';

/** Smaller shares count as this much, since the logarithm of zero is infinite. */
const LEAST_SHARE = 1e-4;
/** By convention: 0.1 is a slight shift and 0.25 a serious one. */
export const SLIGHT_DRIFT = 0.1;
export const SERIOUS_DRIFT = 0.25;
/** Standard normal quantile for random variation: one in ten thousand windows and measures. */
const RARE = 3.719;
/**
 * Pixel sums arrive by batches, some of which belong to no window: fewer than this share of the window are too few.
 */
const LEAST_PIXELS = 0.5;

/**
 * Population stability index: the sum over the bins of (share − expected) · ln(share / expected). 0 for equal
 * distributions.
 *
 * @see Siddiqi, Credit Risk Scorecards, 2006
 */
export function stabilityIndex(shares: readonly number[], expected: readonly number[]): number {
  return shares.reduce((sum, share, bin) => {
    const [a, b] = [Math.max(share, LEAST_SHARE), Math.max(expected[bin] ?? 0, LEAST_SHARE)];
    return sum + (a - b) * Math.log(a / b);
  }, 0);
}

/**
 * The same index for two normal distributions of equal deviation (both are Jeffreys' divergence): the square of their
 * distance in deviations. 0.25 is half a deviation.
 */
export function shiftIndex(mean: number, expected: Spread): number {
  return ((mean - expected.mean) / Math.max(expected.deviation, Number.EPSILON)) ** 2;
}

/**
 * The index that random variation reaches without any change: it is distributed as chi-squared · (1/samples +
 * 1/images). The quantile of chi-squared by Wilson and Hilferty.
 *
 * @see Yurdakul and Naranjo, Statistical properties of the population stability index, 2020
 */
export function chanceIndex(degrees: number, samples: number, images: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + RARE * Math.sqrt(spread)) ** 3 * (1 / samples + 1 / images);
}

/** Counts predictions and measures their distance from a model's baseline. */
export class DriftWindow {
  readonly #classes: Float64Array;
  readonly #confidence: Float64Array;
  #size = 0;
  /** Images with pixel sums, and the images that they represent. */
  #images = 0;
  #covered = 0;
  #brightness = 0;
  #contrast = 0;

  constructor(readonly expected: Expectations) {
    this.#classes = new Float64Array(expected.classes.length);
    this.#confidence = new Float64Array((expected.confidence?.edges.length ?? 0) + 1);
  }

  /** Predictions in the window. */
  get size(): number {
    return this.#size;
  }

  add(label: number, confidence: number, pixels?: PixelSums): void {
    this.#size++;
    this.#classes[label]!++;
    this.#confidence[this.#binOf(confidence)]!++;
    if (pixels === undefined) return;
    this.#images += pixels.images;
    this.#covered += pixels.of;
    this.#brightness += pixels.brightness;
    this.#contrast += pixels.contrast;
  }

  /** @param above an index up to this never counts as drift, for any number of predictions */
  measure(above: number): DriftFinding {
    const measures = this.#measures(above);
    const worst = measures.reduce((a, b) => (b.index / b.limit > a.index / a.limit ? b : a));
    return {
      ...worst,
      samples: this.#size,
      shares: this.#sharesOf(this.#classes),
      expected: this.expected.classes,
      measures,
    };
  }

  clear(): void {
    this.#classes.fill(0);
    this.#confidence.fill(0);
    this.#size = this.#images = this.#covered = this.#brightness = this.#contrast = 0;
  }

  #measures(above: number): [MeasuredDrift, ...MeasuredDrift[]] {
    const { classes, confidence, brightness, contrast, images } = this.expected;
    const limited = (measure: MeasuredDrift['measure'], index: number, degrees: number, samples: number) => ({
      measure,
      index,
      limit: Math.max(above, chanceIndex(degrees, samples, images)),
    });
    const binned = (measure: MeasuredDrift['measure'], counts: Float64Array, shares: readonly number[]) =>
      limited(measure, stabilityIndex(this.#sharesOf(counts), shares), degreesOf(shares), this.#size);
    const shifted = (measure: MeasuredDrift['measure'], sum: number, spread: Spread | undefined) =>
      spread === undefined || this.#covered < LEAST_PIXELS * this.#size
        ? []
        : [limited(measure, shiftIndex(sum / this.#images, spread), 1, this.#images)];
    return [
      binned('classes', this.#classes, classes),
      ...(confidence ? [binned('confidence', this.#confidence, confidence.shares)] : []),
      ...shifted('brightness', this.#brightness, brightness),
      ...shifted('contrast', this.#contrast, contrast),
    ];
  }

  #sharesOf(counts: Float64Array): number[] {
    return Array.from(counts, (count) => (this.#size === 0 ? 0 : count / this.#size));
  }

  #binOf(confidence: number): number {
    const edges = this.expected.confidence?.edges ?? [];
    let bin = 0;
    while (bin < edges.length && confidence >= (edges[bin] as number)) bin++;
    return bin;
  }
}

function degreesOf(shares: readonly number[]): number {
  return Math.max(1, shares.filter((share) => share > 0).length - 1);
}
