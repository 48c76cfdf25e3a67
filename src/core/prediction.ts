import type { PixelSums } from './baseline';
import type { RejectionCode } from './errors';
import type { FoundObject, ImageFrame } from './found-objects';
import type { Delivery } from './message';
import type { KeptImage, PictureSize } from './picture';
import type { Precision } from './precision';
import type { RuntimeName } from './runtime-name';

/**
 * Names the model that made a prediction; the runtime `function` is a function of the embedding program, or a remote
 * model.
 */
export interface ModelIdentity {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the weights (of a function: of its source text; of a remote model: of its address), lower-case hex. */
  readonly sha256: string;
  readonly runtime: RuntimeName | 'function';
  readonly precision: Precision;
}

/** Times in a prediction, in ms. */
export interface Timing {
  /** From arrival in this process to the start of its batch. */
  readonly queueMs: number;
  /** The worker's time for the whole batch: decoding and inference. */
  readonly inferenceMs: number;
  /** From arrival in this process to the prediction. */
  readonly totalMs: number;
  readonly batchSize: number;
}

/** One class of a prediction. */
export interface RankedClass {
  readonly label: number;
  readonly className: string;
  /** Score of this class, rounded to six digits. */
  readonly confidence: number;
}

/**
 * A labelled prediction, as it is published and shown. Its JSON Schemas are `schema/prediction.v1.json` for
 * Fashion-MNIST's classes, and `schema/prediction.v2.json` for any others.
 */
export interface Prediction {
  readonly schemaVersion: 1 | 2;
  readonly id: string;
  readonly label: number;
  readonly className: string;
  /** Probability of `label`, 0–1. */
  readonly confidence: number;
  /** Several classes may be true at once, so their scores do not add up to 1. */
  readonly independent?: true;
  /** Scores by label, 0–1, rounded to six digits; absent where `top` or `objects` is present. */
  readonly probabilities?: readonly number[];
  /** The best classes of a model with many, best first. */
  readonly top?: readonly RankedClass[];
  /** Of a model that finds objects: best first; the label is the first one's. */
  readonly objects?: readonly FoundObject[];
  /** The image that the boxes of `objects` refer to. */
  readonly frame?: ImageFrame;
  readonly truth?: number;
  readonly correct?: boolean;
  readonly model: ModelIdentity;
  readonly source: PredictionSource;
  readonly timing: Timing;
  /** ISO 8601. */
  readonly predictedAt: string;
}

export interface PredictionSource {
  readonly broker: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly key: string | null;
  readonly timestamp: string;
}

/** Why a delivery was refused. */
export interface Rejection {
  readonly code: RejectionCode;
  /** Contains the observed and the expected value; safe to show. */
  readonly message: string;
  readonly stage: 'admission' | 'resolve' | 'decode' | 'inference' | 'publish' | 'deserialize' | 'handler';
  /** Number of attempts of the failing step. */
  readonly attempts: number;
}

/** Every delivery ends as exactly one of these. */
export type Outcome = PredictionOutcome | DeadLetterOutcome;

/** The outcome of one image. The figures are cheap to read; `prediction` may be parsed from `json` on first use. */
export interface PredictionOutcome extends Timing {
  readonly kind: 'prediction';
  readonly delivery: Delivery;
  readonly id: string;
  readonly label: number;
  /** Probability of `label`, 0–1. */
  readonly confidence: number;
  readonly truth: number | undefined;
  readonly model: ModelIdentity;
  readonly prediction: Prediction;
  /** The prediction as it is published. */
  readonly json: Buffer;
  /** Scores of all classes, not rounded; absent where only the prediction was read. */
  readonly scores?: Float32Array;
  /** The model's input image, row-major uint8, channels interleaved; empty where only the prediction was read. */
  readonly pixels: Uint8Array;
  /** Size of that image; Fashion-MNIST's if absent. */
  readonly imageSize?: PictureSize | undefined;
  /** What is kept of the image, where something else than `pixels` is to be shown. */
  readonly decoded?: KeptImage | undefined;
  /** The share of `inferenceMs` for decoding, ms; absent where nothing measures it. */
  readonly decodeMs?: number | undefined;
  /** Of the whole batch, on its first prediction. */
  readonly pixelSums?: PixelSums | undefined;
}

export interface DeadLetterOutcome {
  readonly kind: 'dead letter';
  readonly delivery: Delivery;
  readonly rejection: Rejection;
  /** The model that received it; absent if it was refused before. */
  readonly model?: ModelIdentity;
}
