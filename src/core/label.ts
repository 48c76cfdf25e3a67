import type { PictureSize } from './picture';
import type { ModelIdentity, PredictionSource } from './prediction';
import type { OperatorChannel } from './steering';

/** Prediction of a model for an image. */
export interface PredictedClass {
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
  readonly model: Pick<ModelIdentity, 'name' | 'version'>;
}

/** The image that a person saw, within a message. */
export interface LabelledImage extends PictureSize {
  /** Row-major uint8, channels interleaved, in base64. */
  readonly pixels: string;
}

/**
 * The class that a person gave to an image of the stream; a message of the topic of labels. Of several labels with one id
 * the latest counts.
 */
export interface ImageLabel {
  readonly schemaVersion: 1;
  /** Id of the prediction. */
  readonly id: string;
  /** null: the earlier label is withdrawn. */
  readonly label: number | null;
  readonly className: string | null;
  readonly predicted: PredictedClass;
  readonly source: PredictionSource;
  readonly image: LabelledImage;
  readonly by: string;
  readonly via: OperatorChannel;
  /** ISO 8601. */
  readonly at: string;
}

/** A label in force; `seq` increases with each. */
export interface StoredLabel extends ImageLabel {
  readonly seq: number;
  readonly label: number;
  readonly className: string;
}

/** One page of labels. */
export interface LabelFilter {
  /** Only labels before this sequence number. */
  readonly before?: number;
  readonly limit: number;
}

/** Why an image is worth a label. */
export const QUEUE_REASONS = ['uncertain', 'disagreement'] as const;
export type QueueReason = (typeof QUEUE_REASONS)[number];

/** An image that waits for a label. */
export interface QueuedImage {
  /** Id of the prediction. */
  readonly id: string;
  readonly reason: QueueReason;
  readonly predicted: PredictedClass;
  /** The other opinion of a disagreement. */
  readonly other?: PredictedClass;
}
