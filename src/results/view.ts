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

/** How labels and known truths agree. */
export interface Confusion {
  readonly classes: readonly string[];
  /** 10 × 10 counts, row = truth, column = label. */
  readonly matrix: readonly (readonly number[])[];
  /** Predictions with a known truth, and how many of them agree with it. */
  readonly judged: number;
  readonly correct: number;
  readonly perClass: readonly ClassQuality[];
  /** 20 equal bins of confidence, lowest first. */
  readonly confidence: readonly ConfidenceBin[];
}

/** Quality of one class, 0–1; null where nothing was counted that it could be made of. */
export interface ClassQuality {
  readonly label: number;
  readonly className: string;
  /** Predictions whose truth is this class. */
  readonly support: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** `from` is included, `to` is not, except in the last one. */
export interface ConfidenceBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly judged: number;
  readonly correct: number;
  /** 0 when there are none. */
  readonly meanConfidence: number;
}

/** What became durable within one minute. */
export interface Minute {
  /** ISO 8601, its beginning. */
  readonly at: string;
  readonly predictions: number;
  readonly judged: number;
  readonly correct: number;
  readonly deadLetters: number;
}

/** How the results store is doing. */
export interface StoreStatus {
  /** `sqlite` when results outlast the process, `memory` when the store is off or cannot be used at present. */
  readonly kind: 'sqlite' | 'memory';
  /** Of the database; null when the store is off. */
  readonly path: string | null;
  /** Why it does not work although it is on; null when all is well. */
  readonly alarm: string | null;
  /** Predictions on their way to the store. */
  readonly queued: number;
  /** What was not stored because the store was behind or away, since the start. */
  readonly shedImages: number;
  readonly shedRows: number;
}

/**
 * The predictions that were stored, to be looked at; the predictions topic is the source of truth. What became durable
 * before a question is in its answer, unless the store is behind.
 */
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
