import type { PartitionLag } from '../core/ports';
import type { Load } from '../core/scale';
import type { InvertMode } from '../core/image';
import type { BrokerKind } from '../core/message';
import type { ModelControl, ModelVersion, RolloutRequest, RolloutState } from '../core/model-version';
import type { ModelIdentity, Outcome, Prediction } from '../core/prediction';
import type { DeadLetterView, KeptLetter } from '../results/dead-letter-ring';
import type { NoticedEvent } from '../core/event';
import type { LatencyGoalState } from '../core/latency-goal-state';
import type { Rule } from '../core/rule';
import type { EpochPoint } from '../core/training-history';
import type { DriftView } from '../quality/drift-monitor';
import type { EventView } from '../results/events/event-store';
import type { ResultsView } from '../results/view';
import type { Redriven, SkippedLetter } from './schemas/dead-letters';
import type { EventsState } from './schemas/events';
import type { Health } from './schemas/health';
import type { PublishJob, PublishRequest } from './schemas/publish';
import type { Setting } from './schemas/settings';
import type { Activity } from './schemas/stats';

// Shapes that go over the wire as they are.
export type { Activity, EventsState, Health, PublishJob, PublishRequest, Redriven, Setting, SkippedLetter };

/** What the HTTP server needs of the rest of the process; `app/` puts it together. */
export interface HttpServices {
  readonly version: string;
  readonly broker: BrokerKind;
  readonly topics: { readonly input: string; readonly output: string; readonly dlq: string };
  readonly results: ResultsView;
  readonly publishing: PublishJobs;
  readonly deadLetters: DeadLetters;
  readonly events: EventsService;
  /** The settings in force; secrets are masked. */
  readonly settings: readonly Setting[];
  health(): Health;
  /** null until the pool is warm. */
  model(): ModelIdentity | null;
  /** null until the pool is warm. */
  models(): ModelsService | null;
  lag(): readonly PartitionLag[];
  /**
   * How old the next message of a partition is, s: 0 when there is none, null when that is not known, as before the first
   * outcome.
   */
  lagSeconds(lag: PartitionLag): number | null;
  /** The running picture of the process for the Live tab. */
  activity(): Activity;
  /** What the latency goal has set, and what that costs; null before the start, absent without a goal. */
  latencyGoal?(): LatencyGoalState | null;
  /** How far the latest predictions are from the model's baseline; absent where no predictions are made. */
  drift?(): DriftView;
  /** How the model that serves was trained; empty or absent where nobody knows. */
  trainingHistory?(): readonly EpochPoint[];
  /** How much there is to do, and how much can be done here. */
  load(): Load;
  /** In Prometheus's text format. */
  metrics(): Promise<MetricsText>;
  /**
   * One image through the interactive lane. Rejects with OVERLOADED when that lane is full, with a rejection code
   * (CORRUPT, …) when the bytes are no image, with NOT_READY before the pool is warm.
   */
  classify(bytes: Buffer, options: ClassifyOptions): Promise<Classified>;
  /**
   * Several images through the interactive lane, all of them or none; results in order. Rejects as `classify` does; when
   * it is one image's doing, the message names that image.
   */
  classifyAll(images: readonly ImageToClassify[]): Promise<readonly Classified[]>;
  /** Whether images can be classified now: the model is warm and nothing is being stopped. */
  canClassify(): boolean;
  /** Calls back with what became durable; returns the function that stops it. */
  onOutcomes(listener: (outcomes: readonly Outcome[]) => void): () => void;
}

/** The versions of the model that serves. */
export interface ModelsService {
  readonly control: ModelControl;
  /** Ascending. */
  list(): Promise<readonly ModelVersion[]>;
  /**
   * Exchanges the model for this version, or the newest; resolves when it serves. Rejects with MODEL_REFUSED (with the
   * reason), MODEL_BUSY or NOT_FOUND, and then the one before serves on.
   */
  load(version?: number): Promise<ModelVersion>;
  /** Goes back from this version, or from the one that serves, to the one before; resolves with what serves then. */
  unload(version?: number): Promise<ModelVersion>;
  /** The version that is tried beside the one that serves; null if there is none. */
  rollout(): RolloutState | null;
  /** Tries a version with a share of the keys, or in the shadow of all; resolves when it gets images. Rejects as `load` does. */
  startRollout(request: RolloutRequest): Promise<RolloutState>;
  endRollout(): Promise<void>;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export interface ClassifyOptions {
  readonly contentType?: string;
  readonly id?: string;
  readonly invert?: InvertMode;
}

export interface ImageToClassify {
  readonly bytes: Buffer;
  /** The bytes' own shape decides if absent. */
  readonly contentType?: string;
}

export interface Classified {
  readonly prediction: Prediction;
  /** The 28×28 image that the model saw. */
  readonly pixels: Uint8Array;
}

export interface PublishJobs {
  /** How many images there are to publish. Rejects with DATASET_MISSING. */
  size(split: 'test' | 'train'): Promise<number>;
  /** Rejects with BAD_REQUEST (range outside the split), BROKER_UNREACHABLE, OVERLOADED (too many jobs). */
  start(request: PublishRequest): Promise<PublishJob>;
  get(id: string): PublishJob | undefined;
  list(): readonly PublishJob[];
  cancel(id: string): PublishJob | undefined;
  /** Publishes the range and resolves with each image's prediction, in order, read from the predictions topic. */
  publishAndWait(request: PublishRequest, signal: AbortSignal): Promise<readonly Prediction[]>;
}

/** The latest dead letters of this process. */
export interface DeadLetters extends DeadLetterView {
  /**
   * Publishes the original of one again. Rejects with NOT_FOUND, ALREADY_REDRIVEN, LETTER_INCOMPLETE, with
   * REDRIVEN_TOO_OFTEN unless forced, or with PUBLISH_FAILED.
   */
  redrive(id: string, force: boolean): Promise<KeptLetter>;
  /** The same for several; what is refused does not keep the others. */
  redriveSome(choice: RedriveChoice): Promise<Redriven>;
}

export interface RedriveChoice {
  /** Source ids; all that were not redriven yet if absent. */
  readonly ids?: readonly string[];
  /** Of those, only the ones with this code. */
  readonly code?: string;
  readonly force: boolean;
}

/** What the rules noticed. */
export interface EventsService extends EventView {
  readonly rules: readonly Rule[];
  state(): EventsState;
  /** Alerts raised since the start, by rule; rules that have raised none are there with a 0. */
  raised(): ReadonlyMap<string, number>;
  /** Calls back with each alert that is raised or acknowledged; returns the function that stops it. */
  onAlert(listener: (event: NoticedEvent) => void): () => void;
}
