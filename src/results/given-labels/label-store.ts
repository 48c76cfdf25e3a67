import type { LabelFilter, StoredLabel } from '../../core/label';

/** A label to keep: it replaces the one with the same id. */
export type StorableLabel = Omit<StoredLabel, 'seq'>;

/** Queries on labels in force. */
export interface LabelView {
  /** Newest first. */
  list(filter: LabelFilter): Promise<readonly StoredLabel[]>;
  get(id: string): Promise<StoredLabel | undefined>;
  /** Those of the ids that have a label. */
  labelled(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Number of labels by class. */
  counts(): Promise<ReadonlyMap<number, number>>;
}

/** Storage of labels, each by its id. Both writes are idempotent. */
export interface LabelStore extends LabelView {
  put(label: StorableLabel): Promise<void>;
  remove(id: string): Promise<void>;
}

/** A store that may be unusable at times. */
export interface PersistentLabels extends LabelStore {
  readonly usable: boolean;
}
