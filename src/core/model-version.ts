import type { ModelIdentity, PredictionSource } from './prediction';
import type { RolloutMode } from './rollout';

/** Who may exchange the model while it serves: nobody, the newest version in its folder, or whoever calls. */
export const MODEL_CONTROLS = ['none', 'poll', 'explicit'] as const;

export type ModelControl = (typeof MODEL_CONTROLS)[number];

/** What happened to a version that was asked to serve. */
export type ModelChange = 'loaded' | 'refused' | 'rolled_back';

/**
 * - `standby`: served before, and is warm as long as the one that serves is on trial
 * - `canary`, `shadow`: gets a share of the messages, or a copy of all
 * - `refused`: was tried and not taken
 * - `withdrawn`: served, and was taken back
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

/** How a model did on the held-out images, beside the one that served then. */
export interface ModelScore {
  /** Share of the images that it labels right, 0–1; null where no labelled images fit the model. */
  readonly accuracy: number | null;
  /** Shortest time for a batch of the size below, ms: what else the machine did meanwhile makes it only longer. */
  readonly batchMs: number;
  readonly batchSize: number;
}

/** One version of the model that serves, as its repository has it. */
export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly state: VersionState;
  /** Why it was not taken or was taken back. */
  readonly reason: string | null;
  /** What its manifest says; null while there is none that can be read. */
  readonly accuracy: number | null;
  readonly created: string | null;
  /** Of the weights, lower-case hex. */
  readonly sha256: string | null;
  /** What was measured here before it was taken or refused; null if it was not. */
  readonly score: ModelScore | null;
}

/** What one of two models did while they were compared. */
export interface ComparedSide {
  readonly version: number;
  readonly images: number;
  /** Images whose message told the truth, and how many of them were labelled right. */
  readonly judged: number;
  readonly correct: number;
  /** 0–1; null before the first image. */
  readonly meanConfidence: number | null;
  /** Images by label. */
  readonly byClass: readonly number[];
}

/** What a model said of an image. */
export interface Opinion {
  readonly model: ModelIdentity;
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
}

/** An image that the model in the shadow labels in another way; a message of the side topic. */
export interface Disagreement {
  readonly schemaVersion: 1;
  /** That of the prediction. */
  readonly id: string;
  readonly source: PredictionSource;
  readonly truth?: number;
  readonly serving: Opinion;
  readonly shadow: Opinion;
  /** ISO 8601. */
  readonly at: string;
}

/** Another version on the stream, beside the one that serves. */
export interface RolloutState {
  readonly mode: RolloutMode;
  readonly version: number;
  /** Of the keys, 0–1; 1 in the shadow. */
  readonly share: number;
  /** ISO 8601. */
  readonly since: string;
  readonly serving: ComparedSide;
  readonly beside: ComparedSide;
  /** Images that the shadow labelled in another way. */
  readonly disagreed: number;
  /** Images that the shadow did not see because it was behind. */
  readonly skipped: number;
  /** Batches that the other version failed at. */
  readonly failedBatches: number;
  /** Newest first. */
  readonly latest: readonly Disagreement[];
}

export interface RolloutRequest {
  /** The newest if absent. */
  readonly version?: number;
  readonly mode: RolloutMode;
  /** Of the keys, 0–1; for a canary. */
  readonly share: number;
}
