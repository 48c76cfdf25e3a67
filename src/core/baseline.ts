/** Mean and standard deviation over images. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** The usual distribution of a model's predictions and of the images behind them. */
export interface Expectations {
  /** Number of images in the measurement. */
  readonly images: number;
  /** Share of each predicted class, 0–1. */
  readonly classes: readonly number[];
  /** The confidence in bins: one more bin than edges; an edge belongs to the bin above it. */
  readonly confidence?: { readonly edges: readonly number[]; readonly shares: readonly number[] };
  /** Of an image's mean pixel, 0–255. */
  readonly brightness?: Spread;
  /** Of the standard deviation of an image's pixels, 0–127.5. */
  readonly contrast?: Spread;
}

/** Predictions of about the same confidence. */
export interface ReliabilityPoint {
  readonly images: number;
  /** Mean, 0–1. */
  readonly confidence: number;
  /** Share of correct predictions, 0–1. */
  readonly accuracy: number;
}

/**
 * Corrects overconfident or underconfident probabilities: softmax(log p / temperature). Above 1 the model is
 * overconfident.
 */
export interface Calibration {
  readonly temperature: number;
  /** Expected calibration error, without and with the temperature; 0–1. */
  readonly error: number;
  readonly calibratedError: number;
  /** Mean negative log-likelihood, in nats. */
  readonly logLoss: number;
  readonly calibratedLogLoss: number;
}

/** Expectations of one model and the reliability of its confidence, measured on images outside its training set. */
export interface ModelBaseline extends Required<Expectations> {
  readonly accuracy: number;
  readonly reliability: readonly ReliabilityPoint[];
  readonly calibration: Calibration;
}

/** Sums over a sample of the images of one batch; see `Expectations`. */
export interface PixelSums {
  /** Number of images in the sample. */
  readonly images: number;
  /** Number of images in the batch. */
  readonly of: number;
  readonly brightness: number;
  readonly contrast: number;
}
