import type { ConfidenceBin } from '../core/confidence-bins';
import type { OriginalImage, Picture } from '../core/picture';
import type { Prediction } from '../core/prediction';

/** Conditions on predictions; all must hold. */
export interface PredictionConditions {
  /** Prefix of the id. */
  readonly id?: string;
  /** Only these predictions; at most 100 ids. */
  readonly ids?: readonly string[];
  readonly label?: number;
  readonly truth?: number;
  /** Only predictions whose label differs from the known truth. */
  readonly wrong?: boolean;
  readonly minConfidence?: number;
  readonly maxConfidence?: number;
  /** Only predictions from this time on, and before that time, ms since 1970. */
  readonly from?: number;
  readonly to?: number;
  /** Where the message came from. */
  readonly topic?: string;
  readonly partition?: number;
  readonly key?: string;
  /** The model, in this version or in any. */
  readonly model?: { readonly name: string; readonly version?: number };
}

/** One page of predictions. */
export interface PredictionFilter extends PredictionConditions {
  /** Most confident first instead of newest first; only with `wrong`, and without a cursor. */
  readonly mostConfident?: true;
  /** Cursor: only predictions before this sequence number. */
  readonly before?: number;
  readonly limit: number;
}

/** A stored prediction; `seq` increases by one with each. */
export interface StoredPrediction {
  readonly seq: number;
  readonly prediction: Prediction;
  /** Absent unless the message had an image file. */
  readonly original?: OriginalImage;
}

/** Counts of the predictions that match some conditions. */
export interface PredictionTotal {
  readonly predictions: number;
  /** Those with a known truth, and the correct ones among them. */
  readonly judged: number;
  readonly correct: number;
  /** False if only the newest candidates were counted, so that more may match. */
  readonly complete: boolean;
}

/** p50, p95 and p99 in ms. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The numbers of the dashboard. */
export interface Stats {
  /** Predictions since the process started. */
  readonly predictions: number;
  readonly deadLetters: number;
  /** Dead letters by code. */
  readonly rejections: Readonly<Record<string, number>>;
  /** Count of predictions by class name: every class, or the 50 most frequent ones. */
  readonly classes: Readonly<Record<string, number>>;
  /** Number of predictions with a known truth, and of correct ones. */
  readonly judged: number;
  readonly correct: number;
  /** Predictions per second, over the last second and the last minute. */
  readonly rate: { readonly last1s: number; readonly last60s: number };
  /** Over about the last minute. `total` is from arrival to broker confirmation. */
  readonly latency: {
    readonly queue: Quantiles;
    readonly inference: Quantiles;
    readonly publish: Quantiles;
    readonly total: Quantiles;
  };
  readonly meanBatchSize: number;
  readonly uptimeSeconds: number;
}

/** Agreement of labels and known truths. */
export interface Confusion {
  readonly classes: readonly string[];
  /** Counts, row = truth, column = label; empty for more than 50 classes. */
  readonly matrix: readonly (readonly number[])[];
  /** The most frequent confusions, at most 100. */
  readonly pairs: readonly ConfusedPair[];
  /** Number of predictions with a known truth, and of correct ones. */
  readonly judged: number;
  readonly correct: number;
  /** Every class; of more than 50 classes, those with labelled predictions. */
  readonly perClass: readonly ClassQuality[];
  /** 20 equally wide confidence bins, lowest first. */
  readonly confidence: readonly ConfidenceBin[];
}

/** Wrong predictions with the same truth and label. */
export interface ConfusedPair {
  readonly truth: number;
  readonly label: number;
  readonly count: number;
}

/** Quality of one class, 0–1; null without predictions to compute it from. */
export interface ClassQuality {
  readonly label: number;
  readonly className: string;
  /** Predictions whose truth is this class. */
  readonly support: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** Counts of outcomes that became durable within one minute. */
export interface Minute {
  /** Start of the minute, ISO 8601. */
  readonly at: string;
  readonly predictions: number;
  readonly judged: number;
  readonly correct: number;
  readonly deadLetters: number;
}

/** State of the results store. */
export interface StoreStatus {
  /** `memory` while the store is off or unusable; otherwise results outlast the process. */
  readonly kind: 'sqlite' | 'postgres' | 'memory';
  /** Path or URL of the database, without a password; null when the store is off. */
  readonly path: string | null;
  /** Reason why it is unusable although it is on; null otherwise. */
  readonly alarm: string | null;
  /** Predictions in the queue of the store. */
  readonly queued: number;
  /** Counts of dropped rows and images since the start, because the store was behind or unusable. */
  readonly shedImages: number;
  readonly shedRows: number;
}

/**
 * Queries on stored predictions; the predictions topic is the source of truth. An answer includes all predictions that
 * were durable before the query, unless the store is behind.
 */
export interface ResultsView {
  /** Newest first. */
  list(filter: PredictionFilter): Promise<readonly StoredPrediction[]>;
  /** Reads a bounded number of predictions, so that any conditions are cheap. */
  total(conditions: PredictionConditions): Promise<PredictionTotal>;
  get(id: string): Promise<StoredPrediction | undefined>;
  /** The image of a prediction, or its thumbnail. */
  image(id: string): Promise<Picture | undefined>;
  confusion(): Promise<Confusion>;
  /** The matrix of `confusion` alone, which costs less. */
  matrix(): Promise<Confusion['matrix']>;
  /** The last minutes including the current one, oldest first. */
  history(minutes: number): Promise<readonly Minute[]>;
  /** Figures of this process; never waits. */
  stats(): Stats;
  status(): StoreStatus;
}

/** The part of the view that a database can answer. */
export type StoredResults = Omit<ResultsView, 'stats' | 'status' | 'matrix'>;
