/** Fewer labels say nothing about a candidate. */
export const LEAST_LABELS = 40;

/**
 * `offered`: the candidate runs as a shadow. `ready`: it is written, but could not be started as a shadow. `refused`: it is
 * not better, or no longer as good, and was not written.
 */
export const RETRAINING_PHASES = ['training', 'offered', 'ready', 'refused', 'failed', 'cancelled'] as const;
export type RetrainingPhase = (typeof RETRAINING_PHASES)[number];

/** Accuracy of a model, 0–1. */
export interface LabelScore {
  /** On the test images without a label. */
  readonly test: number;
  /** On labelled images that were held out of the training. */
  readonly heldOut: number;
}

/** Both models on the same images. */
export interface LabelComparison {
  readonly testImages: number;
  readonly heldOutImages: number;
  readonly base: LabelScore;
  readonly candidate: LabelScore;
}

/** A training of a candidate from labels. */
export interface RetrainingJob {
  readonly phase: RetrainingPhase;
  readonly by: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly labels: number;
  /** The version that it started from, and the one that it writes. */
  readonly base: number;
  readonly version: number;
  /** Completed epochs. */
  readonly epoch: number;
  /** 0 until it is known. */
  readonly epochs: number;
  /** null until it is measured. */
  readonly comparison: LabelComparison | null;
  /** What happened, as a sentence; empty during the training. */
  readonly message: string;
}

export interface RetrainingState {
  /** Why no training can be started here, as a sentence; null if one can. */
  readonly off: string | null;
  /** The present or last one; null without one. */
  readonly job: RetrainingJob | null;
}
