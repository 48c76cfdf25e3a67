import type { Prediction } from '../core/prediction';

/** Which predictions a reader wants; all conditions hold at once. */
export interface PredictionFilter {
  readonly label?: number;
  readonly truth?: number;
  /** Only those whose label differs from the known truth. */
  readonly wrong?: boolean;
  readonly minConfidence?: number;
  readonly maxConfidence?: number;
  /** Cursor: only those that came before the prediction with this sequence number. */
  readonly before?: number;
  readonly limit: number;
}

/** A prediction as the results store holds it: `seq` grows by one with each. */
export interface StoredPrediction {
  readonly seq: number;
  readonly prediction: Prediction;
}

/** p50, p95 and p99 in ms. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the dashboard's numbers are made of. */
export interface Stats {
  /** Predictions since the process started. */
  readonly predictions: number;
  readonly deadLetters: number;
  /** Dead letters by code. */
  readonly rejections: Readonly<Record<string, number>>;
  /** Count of predictions by class name; every class is there. */
  readonly classes: Readonly<Record<string, number>>;
  /** Predictions with a known truth, and how many of them agree with it. */
  readonly judged: number;
  readonly correct: number;
  /** Predictions a second, over the last second and the last minute. */
  readonly rate: { readonly last1s: number; readonly last60s: number };
  /** Over the last minute or so. `total` is arrival to broker confirmation. */
  readonly latency: {
    readonly queue: Quantiles;
    readonly inference: Quantiles;
    readonly publish: Quantiles;
    readonly total: Quantiles;
  };
  readonly meanBatchSize: number;
  readonly uptimeSeconds: number;
}

/** The latest predictions, to be looked at; the predictions topic is the source of truth. */
export interface ResultsView {
  /** Newest first. */
  list(filter: PredictionFilter): readonly StoredPrediction[];
  get(id: string): StoredPrediction | undefined;
  /** The 28×28 image behind a prediction, row-major uint8. */
  pixels(id: string): Uint8Array | undefined;
  stats(): Stats;
  /** 10 × 10 counts, row = truth, column = label. */
  confusion(): readonly (readonly number[])[];
}
