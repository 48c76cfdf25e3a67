import type { IncomingHttpHeaders } from 'node:http';
import type { PartitionLag } from '../core/ports';
import type { LoadPoint, LoadWindow } from '../core/load-history';
import type { Load } from '../core/scale';
import type { OriginalMessage } from '../core/dead-letter';
import type { InvertMode } from '../core/image';
import type { BrokerKind } from '../core/message';
import type { ModelDescription } from '../core/model-description';
import type {
  ModelControl,
  ModelVersion,
  RolloutRequest,
  RolloutState,
  VersionDetails,
} from '../core/model-version';
import type { OcclusionFinding } from '../core/occlusion';
import type { OriginalImage } from '../core/picture';
import type { ModelIdentity, Outcome, Prediction } from '../core/prediction';
import type { DeadLetterView, KeptDeadLetter } from '../results/dead-letter-ring';
import type { RuleEvent } from '../core/event';
import type { SeekMove } from '../core/seek';
import type { AuditEntry, Operator, SteeringState } from '../core/steering';
import type { LatencyGoalState } from '../core/latency-goal-state';
import type { ConfiguredRule } from '../core/rule';
import type { EpochPoint } from '../core/training-history';
import type { DriftView } from '../quality/drift-monitor';
import type { EventView } from '../results/events/event-store';
import type { ResultsView } from '../results/view';
import type { Redriven, SkippedDeadLetter } from './schemas/dead-letters';
import type { EventsState } from './schemas/events';
import type { Health } from './schemas/health';
import type { PublishJob, PublishRequest } from './schemas/publish';
import type { LabelsService } from './label-services';
import type { Setting } from './schemas/settings';
import type { Activity, StatsFrame } from './schemas/stats';

// Types of answers that services return unchanged.
export type {
  Activity,
  EventsState,
  Health,
  PublishJob,
  PublishRequest,
  Redriven,
  Setting,
  SkippedDeadLetter,
};

/** Services of the process that the HTTP server uses; composed by `processor` and `results-server`. */
export interface HttpServices {
  readonly version: string;
  readonly broker: BrokerKind;
  readonly topics: { readonly input: string; readonly output: string; readonly dlq: string };
  readonly results: ResultsView;
  readonly publishing: PublishJobs;
  readonly deadLetters: DeadLetters;
  readonly events: EventsService;
  /** Effective settings; secrets are masked. */
  readonly settings: readonly Setting[];
  health(): Health;
  /** Why this process never has a model of its own, as `serve`; null in a process that loads one. */
  readonly modelElsewhere: string | null;
  /** null until the pool is warm; in `serve`, the model of the latest prediction, or null before the first. */
  model(): ModelIdentity | null;
  /** Images and classes of that model; null until they are known. */
  modelDescription(): ModelDescription | null;
  /** null until the pool is warm, and always in `serve`. */
  models(): ModelsService | null;
  lag(): readonly PartitionLag[];
  /** Age of the next message of a partition, s; 0 without lag, null if unknown (before the first outcome). */
  lagSeconds(lag: PartitionLag): number | null;
  /** Changes of the stream; absent in a process without one, and where steering is switched off. */
  readonly steering?: SteeringService;
  /** Current load of the process, for the Live tab. */
  activity(): Activity;
  /** State and cost of the latency goal; null before the start, absent without a goal. */
  latencyGoal?(): LatencyGoalState | null;
  /** Results kept by content; null before the start, absent where none are kept. */
  resultCache?(): NonNullable<StatsFrame['cache']> | null;
  /** Drift of the latest predictions from the baseline of the model; absent in a process without a model. */
  drift?(): DriftView;
  /** Training history of the active model; empty or absent if unknown. */
  trainingHistory?(): readonly EpochPoint[];
  /** Load and capacity of this process. */
  load(): Load;
  /** Rates and latencies of this process, oldest first; absent without a server. */
  loadHistory?(window: LoadWindow): readonly LoadPoint[];
  /** In the text format of Prometheus. */
  metrics(): Promise<MetricsText>;
  /** In the interactive lane. Rejects with a rejection code, OVERLOADED, or NOT_READY before the pool is warm. */
  classify(bytes: Buffer, options: ClassifyOptions): Promise<Classified>;
  /**
   * Classifies several images, all or none; results are in order. Rejects as `classify` does and names a bad image by
   * its number, counted from `first` (default 0).
   */
  classifyAll(images: readonly ImageToClassify[], first?: number): Promise<readonly Classified[]>;
  /**
   * Scores images as numbers that the network is fed; only for a model whose description has `takesNumbers`. Rejects
   * with OVERLOADED, NOT_READY or MODEL_UNSUPPORTED.
   */
  classifyNumbers(numbers: Float32Array, images: number): Promise<readonly ScoredImage[]>;
  /**
   * Occlusion map of an image for a label, computed by the active model. One at a time: others wait up to 20 s. Rejects
   * with OVERLOADED, NOT_READY, MODEL_UNSUPPORTED or the error of the worker.
   *
   * @param pixels one image of the model's size
   */
  explain(pixels: Uint8Array, label: number): Promise<Explanation>;
  /** Names of all models of the process, the default first; absent with one. */
  readonly served?: readonly string[];
  /** Versions of all models, for the process as a whole; absent with one. Throws as `requireModels` does. */
  readonly allModels?: () => readonly ModelsService[];
  /** Whether images can be classified now: the model is warm and the process is not stopping. */
  canClassify(): boolean;
  readonly labels?: LabelsService; // Absent unless they are enabled.
  /** Images over the topic; absent unless they are enabled. */
  readonly topicRequests?: RequestsService;
  /** Takes pushed messages; absent unless they are enabled. */
  readonly push?: PushService;
  /** Calls back with confirmed outcomes; returns the function that unsubscribes. */
  onOutcomes(listener: (outcomes: readonly Outcome[]) => void): () => void;
}

export interface Sought extends SteeringState {
  readonly moves: readonly SeekMove[];
}

/** Changes a running stream. Rejections: NOT_READY before the start and during a drain, FILE_UNREADABLE. */
export interface SteeringService {
  state(): SteeringState;
  /** Changes by operators, newest first; only those before that number if it is given. */
  history(limit: number, before?: number): readonly AuditEntry[];
  pause(operator: Operator): SteeringState;
  resume(operator: Operator): SteeringState;
  /** @param rate images per second; null for no limit */
  setRate(operator: Operator, rate: number | null): SteeringState;
  /**
   * Moves the position of the stream; resolves when it is durable. Rejects with BAD_REQUEST or USAGE for a position that
   * does not exist, STEERING_BUSY, TIMEOUT, or the error of the broker.
   */
  seek(operator: Operator, to: string): Promise<Sought>;
  /** Resolves when the number is reached. Rejects with BAD_REQUEST, USAGE, STEERING_BUSY or the error of the start. */
  setWorkers(operator: Operator, workers: number | 'auto'): Promise<SteeringState>;
  /** Answers at once; the process ends after the messages in flight. */
  drain(operator: Operator): SteeringState;
}

/** Images that are published to the input topic, and their answers by id. */
export interface RequestsService {
  /**
   * Resolves with the id when the broker has confirmed the message. Rejects with BAD_REQUEST or OVERLOADED for a
   * callback, NOT_READY, MESSAGE_TOO_LARGE, TIMEOUT or the error of the broker.
   */
  submit(request: NewRequest): Promise<string>;
  /** Rejects with NOT_FOUND, or with NOT_READY or TIMEOUT if that cannot be determined now. */
  find(id: string): Promise<RequestAnswer>;
  /** As `find`, but waits up to `ms` for an answer, or until `signal` aborts. */
  wait(id: string, ms: number, signal: AbortSignal): Promise<RequestAnswer>;
}

export interface NewRequest {
  readonly bytes: Buffer;
  readonly contentType?: string;
  /** Created if absent. */
  readonly id?: string;
  /** Address that the answer is posted to. */
  readonly callback?: string;
}

export type RequestAnswer =
  | { readonly state: 'pending' }
  | { readonly state: 'done'; readonly prediction: Prediction }
  | { readonly state: 'failed'; readonly error: { readonly code: string; readonly message: string } };

/** Messages pushed by Pub/Sub and Eventarc. */
export interface PushService {
  /** False where tokens are not required: on loopback. */
  readonly verifiesTokens: boolean;
  /** Rejects with UNAUTHORIZED, or with NOT_READY if the token cannot be verified now. */
  authenticate(authorization: string | undefined): Promise<void>;
  /**
   * Reserves room for the body of a request; returns the function that frees it. Throws OVERLOADED, or NOT_READY while
   * no message can be taken.
   */
  admit(bytes: number): () => void;
  /**
   * Resolves when the broker has confirmed the outcome of the message. Rejects with BAD_REQUEST, or with NOT_READY if
   * the message has to be pushed again. `signal` aborts when the client is gone.
   */
  deliver(headers: IncomingHttpHeaders, body: Buffer, signal: AbortSignal): Promise<void>;
}

/** Versions of the active model. */
export interface ModelsService {
  readonly control: ModelControl;
  /** Ascending. */
  list(): Promise<readonly ModelVersion[]>;
  /** Rejects with NOT_FOUND, listing the known versions. */
  details(version: number): Promise<VersionDetails>;
  /**
   * Hot swap to this version, or the newest; resolves when it is active. Rejects with MODEL_REFUSED (with the reason),
   * MODEL_BUSY or NOT_FOUND; the previous version then stays active.
   */
  load(version?: number): Promise<ModelVersion>;
  /** Rolls back this version, or the active one; resolves with the version that is active afterwards. */
  unload(version?: number): Promise<ModelVersion>;
  /** The candidate on the stream; null if there is none. */
  rollout(): RolloutState | null;
  /** Starts a canary with a share of the keys, or a shadow; resolves when it gets images. Rejects as `load` does. */
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
  /** Detected from the bytes if absent. */
  readonly contentType?: string;
}

export interface Classified {
  readonly prediction: Prediction;
  /** Of all classes, by label, rounded to six digits. */
  readonly scores: readonly number[];
  /** The image that the model saw. */
  readonly pixels: Uint8Array;
  /** Absent for raw pixels. */
  readonly original?: OriginalImage;
}

export interface Explanation extends OcclusionFinding {
  /** PNG: the image, darkened, with the parts that matter in red to yellow. */
  readonly heatMap: Uint8Array;
  readonly model: ModelIdentity;
}

/** Scores of an image without a prediction. */
export interface ScoredImage {
  readonly label: number;
  readonly className: string;
  /** Of all classes, by label, rounded to six digits. */
  readonly scores: readonly number[];
  readonly model: ModelIdentity;
}

export interface PublishJobs {
  /** Number of images in a split. Rejects with DATASET_MISSING. */
  size(split: 'test' | 'train'): Promise<number>;
  /** Rejects with BAD_REQUEST (range outside the split), BROKER_UNREACHABLE, OVERLOADED (too many jobs). */
  start(request: PublishRequest): Promise<PublishJob>;
  get(id: string): PublishJob | undefined;
  list(): readonly PublishJob[];
  cancel(id: string): PublishJob | undefined;
  /** Publishes the range and resolves with the predictions, in order, read from the predictions topic. */
  publishAndWait(request: PublishRequest, signal: AbortSignal): Promise<readonly Prediction[]>;
}

/** The latest dead letters of this process. */
export interface DeadLetters extends DeadLetterView {
  /**
   * Publishes the original of one again. Rejects with NOT_FOUND, ALREADY_REDRIVEN, LETTER_INCOMPLETE,
   * REDRIVEN_TOO_OFTEN (unless forced), or with the error of the broker.
   *
   * @param edit value and headers to publish instead of those of the original
   */
  redrive(id: string, force: boolean, edit?: EditedOriginal): Promise<KeptDeadLetter>;
  /** Redrives several; refused ones are reported and do not stop the others. */
  redriveSome(choice: RedriveChoice): Promise<Redriven>;
}

export type EditedOriginal = Pick<OriginalMessage, 'value' | 'headers'>;

export interface RedriveChoice {
  /** Source ids; by default all that were not redriven yet. */
  readonly ids?: readonly string[];
  /** Only dead letters with this code. */
  readonly code?: string;
  readonly force: boolean;
}

/** Events raised by the alert rules. */
export interface EventsService extends EventView {
  readonly rules: readonly ConfiguredRule[];
  state(): EventsState;
  /** Alerts raised since the start, by rule; 0 for rules without alerts. */
  raised(): ReadonlyMap<string, number>;
  /** Calls back with each raised or acknowledged alert; returns the function that unsubscribes. */
  onAlert(listener: (event: RuleEvent) => void): () => void;
}
