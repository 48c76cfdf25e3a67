/** Mean and standard deviation over images. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** What a model's predictions and the images behind them look like where all is well. */
export interface Expectations {
  /** Images that it was measured on. */
  readonly images: number;
  /** Share of each predicted class, 0–1. */
  readonly classes: readonly number[];
  /** The confidence in bins: one more than there are edges; an edge belongs to the bin above it. */
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
  /** Share that was right, 0–1. */
  readonly accuracy: number;
}

/** What would make the probabilities honest: softmax(log p / temperature). Above 1 the model is too sure of itself. */
export interface Calibration {
  readonly temperature: number;
  /** Expected calibration error as it is, and with the temperature; 0–1. */
  readonly error: number;
  readonly calibratedError: number;
  /** Mean negative log-likelihood, in nats. */
  readonly logLoss: number;
  readonly calibratedLogLoss: number;
}

/** Expectations of one model, with how far its confidence can be believed: measured on images that it did not learn from. */
export interface ModelBaseline extends Required<Expectations> {
  readonly accuracy: number;
  readonly reliability: readonly ReliabilityPoint[];
  readonly calibration: Calibration;
}

/** Sums over a sample of the images of one batch; see `Expectations`. */
export interface PixelSums {
  /** In the sample. */
  readonly images: number;
  /** In the batch. */
  readonly of: number;
  readonly brightness: number;
  readonly contrast: number;
}
