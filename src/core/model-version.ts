/** Who may exchange the model while it serves: nobody, the newest version in its folder, or whoever calls. */
export const MODEL_CONTROLS = ['none', 'poll', 'explicit'] as const;

export type ModelControl = (typeof MODEL_CONTROLS)[number];

/**
 * - `standby`: served before, and is warm as long as the one that serves is on trial
 * - `refused`: was tried and not taken
 * - `withdrawn`: served, and was taken back
 */
export const VERSION_STATES = ['serving', 'standby', 'loading', 'available', 'refused', 'withdrawn'] as const;

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
