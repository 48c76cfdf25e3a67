import type { LabelFilter, QueuedImage, QueueReason, StoredLabel } from '../core/label';
import type { RetrainingState } from '../core/retraining';
import type { AuditEntry, Operator } from '../core/steering';

/** Labels that people give to images of the stream. */
export interface LabelsService {
  /** Images without a label, most useful first. Rejects with NOT_READY or MODEL_UNSUPPORTED. */
  queue(choice: QueueChoice): Promise<LabelQueue>;
  /**
   * Resolves when the broker has confirmed the label and the store has it; it replaces an earlier one. Rejects with
   * BAD_REQUEST, NOT_FOUND (no prediction or image), NOT_READY, MESSAGE_TOO_LARGE, TIMEOUT, FILE_UNREADABLE or the error
   * of the broker.
   */
  give(given: GivenLabel, operator: Operator): Promise<StoredLabel>;
  /** Rejects as `give` does; with NOT_FOUND for an image without a label. */
  withdraw(id: string, operator: Operator): Promise<void>;
  /** Newest first. Rejects with NOT_READY. */
  list(filter: LabelFilter): Promise<readonly StoredLabel[]>;
  /** Number of labels by class. Rejects with NOT_READY. */
  counts(): Promise<ReadonlyMap<number, number>>;
  /** Changes by operators, newest first; only those before that number if it is given. */
  history(limit: number, before?: number): readonly AuditEntry[];
  readonly retraining: RetrainingService;
}

/** Trains a candidate from the labels, in a process of its own. */
export interface RetrainingService {
  state(): Promise<RetrainingState>;
  /** Resolves when the training has started. Rejects with MODEL_BUSY, or MODEL_REFUSED with the reason. */
  start(operator: Operator): Promise<RetrainingState>;
  /** Does nothing without a training. */
  cancel(operator: Operator): Promise<RetrainingState>;
}

export interface QueueChoice {
  readonly kind: QueueReason | 'all';
  readonly limit: number;
}

export interface LabelQueue {
  readonly images: readonly QueuedImage[];
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
}

export interface GivenLabel {
  /** Of the prediction. */
  readonly id: string;
  readonly label: number;
}
