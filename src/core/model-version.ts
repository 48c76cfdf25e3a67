import type { ModelBaseline } from './baseline';
import type { ConfidenceBin } from './confidence-bins';
import type { ModelIdentity, PredictionSource } from './prediction';
import type { RolloutMode } from './rollout';
import type { EpochPoint } from './training-history';

/** How the model is updated at run time: not at all, to the newest version on disk, or by API call. */
export const MODEL_CONTROLS = ['none', 'poll', 'explicit'] as const;

export type ModelControl = (typeof MODEL_CONTROLS)[number];

/** Result of a request to activate a version. */
export type ModelChange = 'loaded' | 'refused' | 'rolled_back';

/**
 * `standby` was active before, and stays loaded during the probation of the active version. `canary` and `shadow`
 * receive a share of the messages, or a copy of all. `refused` was tested and not activated. `withdrawn` was active
 * and was rolled back.
 */
export const VERSION_STATES = [
  'serving',
  'standby',
  'canary',
  'shadow',
  'loading',
  'available',
  'refused',
  'withdrawn',
] as const;

export type VersionState = (typeof VERSION_STATES)[number];

/** Result of a model on the held-out images, measured next to the version that was active then. */
export interface ModelScore {
  /** Share of the images with a correct label, 0–1; null where no labelled images fit the model. */
  readonly accuracy: number | null;
  /** Shortest time for a batch of the size below, ms: other load on the machine only makes it longer. */
  readonly batchMs: number;
  readonly batchSize: number;
}

/** One version of the active model in its repository. */
export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly state: VersionState;
  /** Why it was refused or rolled back. */
  readonly reason: string | null;
  /** From its manifest; null while no manifest can be read. */
  readonly accuracy: number | null;
  readonly created: string | null;
  /** SHA-256 of the weights, lower-case hex. */
  readonly sha256: string | null;
  /** Measured here before it was activated or refused; null if it was not measured. */
  readonly score: ModelScore | null;
}

/** A version with what its manifest says about its training. */
export interface VersionDetails {
  readonly version: ModelVersion;
  /** By epoch; empty if unknown. */
  readonly training: readonly EpochPoint[];
  /** Measured on images outside the training set; null if it has none. */
  readonly baseline: ModelBaseline | null;
}

/** Predictions of one of two compared models. */
export interface ComparedCounts {
  readonly images: number;
  /** Images with a known label, and the number of correct predictions among them. */
  readonly judged: number;
  readonly correct: number;
  /** 0–1; null before the first image. */
  readonly meanConfidence: number | null;
}

/** Results of one of two compared models. */
export interface ComparedSide extends ComparedCounts {
  readonly version: number;
  /** Images by label. */
  readonly byClass: readonly number[];
  /** Equal bins, lowest first. */
  readonly confidence: readonly ConfidenceBin[];
}

/** Both models during a part of the rollout. */
export interface ComparedSlice {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly serving: ComparedCounts;
  readonly beside: ComparedCounts;
  /** Images that the shadow labelled differently. */
  readonly disagreed: number;
}

/** Prediction of one model for an image. */
export interface Opinion {
  readonly model: ModelIdentity;
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
}

/** An image that the shadow model labels differently; a message of the disagreements topic. */
export interface Disagreement {
  readonly schemaVersion: 1;
  /** Id of the prediction. */
  readonly id: string;
  readonly source: PredictionSource;
  readonly truth?: number;
  readonly serving: Opinion;
  readonly shadow: Opinion;
  /** ISO 8601. */
  readonly at: string;
}

/** A second version on the stream, next to the active one. */
export interface RolloutState {
  readonly mode: RolloutMode;
  readonly version: number;
  /** Share of the keys, 0–1; 1 for a shadow. */
  readonly share: number;
  /** ISO 8601. */
  readonly since: string;
  readonly serving: ComparedSide;
  readonly beside: ComparedSide;
  /** Images that the shadow labelled differently. */
  readonly disagreed: number;
  /** Images that the shadow skipped because it was behind. */
  readonly skipped: number;
  /** Batches that failed in the other version. */
  readonly failedBatches: number;
  /** Newest first. */
  readonly latest: readonly Disagreement[];
  /** Oldest first, at most 60; slices without images are left out. They get longer as the rollout does. */
  readonly history: readonly ComparedSlice[];
}

export interface RolloutRequest {
  /** The newest if absent. */
  readonly version?: number;
  readonly mode: RolloutMode;
  /** Share of the keys, 0–1; for a canary. */
  readonly share: number;
}
