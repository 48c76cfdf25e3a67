import type { PartitionLag } from '../core/ports';
import type { BrokerKind } from '../core/message';
import type { DeadLetter } from '../core/dead-letter';
import type { StoredEvent } from '../core/event';
import type { LatencyGoalState } from '../core/latency-goal-state';
import type { Rule, RuleKind, Severity } from '../core/rule';
import type { ModelControl, ModelVersion, RolloutState } from '../core/model-version';
import type { ModelIdentity, Prediction } from '../core/prediction';
import type { Load, ScaleHint } from '../core/scale';
import type { EpochPoint } from '../core/training-history';
import type { DriftView } from '../quality/drift-monitor';
import type { Confusion, Minute, Stats, StoreStatus } from '../results/view';
import type { Activity, EventsState, Health, PublishJob, Setting } from './services';

// The shapes that travel between server and page; types only, so that the page can share them.

/** Event `stats`, every second. */
export interface StatsFrame extends Stats {
  /** ms since 1970. */
  readonly at: number;
  readonly activity: Activity;
  readonly health: Health;
  readonly store: StoreStatus;
  /** Only with a latency goal. */
  readonly latencyGoal?: LatencyGoalState;
}

/** Event `model`: on connecting and whenever the model changes. */
export interface ModelFrame {
  readonly version: string;
  readonly broker: BrokerKind;
  readonly topics: { readonly input: string; readonly output: string; readonly dlq: string };
  readonly model: ModelIdentity | null;
}

/** Event `prediction`: a sample of what became durable; `pixels` is base64 of 784 bytes, row-major. */
export interface PredictionFrame extends Prediction {
  readonly pixels: string;
  /** Of the message, long ones shortened. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Event `lag`, every second; `seconds` where the process knows them. */
export type LagFrame = readonly (PartitionLag & { readonly seconds?: number | null })[];

/** Answer of `GET /api/v1/stats`. */
export interface StatsAnswer extends StatsFrame, ModelFrame {
  readonly lag: LagFrame;
  readonly confusion: readonly (readonly number[])[];
}

/** Answer of `GET /api/v1/predictions`; `next` goes into `before` for the following page, null at the end. */
export interface PredictionsAnswer {
  readonly predictions: readonly (Prediction & { readonly seq: number })[];
  readonly next: number | null;
}

/** Answer of `GET /api/v1/confusion`: over everything that the results store has seen. */
export type ConfusionAnswer = Confusion;

/** Answer of `GET /api/v1/drift`. */
export type DriftAnswer = DriftView;

/** Answer of `GET /api/v1/training`: of the model that serves; no epochs where its training is not known. */
export interface TrainingAnswer {
  readonly model: ModelIdentity | null;
  readonly epochs: readonly EpochPoint[];
}

/** Answer of `GET /api/v1/lag`; null where it is not known. */
export interface LagAnswer {
  readonly messages: number | null;
  /** Time since the oldest unread message was published, of the partition that is furthest behind. */
  readonly seconds: number | null;
  readonly partitions: readonly PartitionLagAnswer[];
}

export interface PartitionLagAnswer {
  readonly topic: string;
  readonly partition: number | null;
  readonly messages: number;
  readonly seconds: number | null;
}

/** Answer of `GET /api/v1/scale-hint`. */
export interface ScaleAnswer extends ScaleHint {
  /** As it was asked. */
  readonly current: number;
  /** What the hint was made of. */
  readonly basis: Load;
}

/** Answer of `GET /api/v1/history?minutes=60`: oldest first, one entry a minute, also of minutes without any. */
export interface HistoryAnswer {
  readonly minutes: readonly Minute[];
}

/** Answer of `GET /api/v1/config`: the settings in force; secrets are masked. */
export interface ConfigAnswer {
  readonly settings: readonly Setting[];
}

/** Answer of `GET /api/v1/models`. */
export interface ModelsAnswer {
  readonly control: ModelControl;
  readonly versions: readonly ModelVersion[];
}

/** Answer of `/api/v1/models/rollout`; null while no version is tried. */
export interface RolloutAnswer {
  readonly rollout: RolloutState | null;
}

/** Answer of `POST /api/v1/classify?pixels=true`; without it there are no pixels. */
export type ClassifyAnswer = PredictionFrame;

/** Answer of `GET /api/v1/publish`. */
export interface PublishJobsAnswer {
  readonly jobs: readonly PublishJob[];
}

/** One dead letter; `id` is the source id. */
export interface DeadLetterAnswer extends Omit<DeadLetter, 'original' | 'sourceId'> {
  readonly seq: number;
  readonly id: string;
  readonly key: string | null;
  /** ISO 8601, null as long as it was not redriven over HTTP. */
  readonly redrivenAt: string | null;
}

/** Answer of `GET /api/v1/dead-letters`; `next` goes into `before` for the following page, null at the end. */
export interface DeadLettersAnswer {
  readonly deadLetters: readonly DeadLetterAnswer[];
  readonly next: number | null;
}

/** Answer of `GET /api/v1/dead-letters/{id}`: with what is kept of the original. */
export interface DeadLetterDetail extends DeadLetterAnswer {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** base64; only the beginning if the letter is not complete. */
  readonly value: string;
}

/** Event `alert`: one was raised or acknowledged. */
export interface AlertFrame {
  readonly number: number;
  readonly rule: string;
  readonly severity: Severity;
  readonly description: string;
  /** ISO 8601. */
  readonly at: string;
}

/** One event; where `alert` is a number it is an alert, too. */
export type EventAnswer = StoredEvent;

/** Answer of `GET /api/v1/events`; `next` goes into `before` for the following page, null at the end. */
export interface EventsAnswer {
  readonly events: readonly EventAnswer[];
  readonly next: number | null;
  /** Those of the configuration; events of others may be there from earlier. */
  readonly rules: readonly RuleAnswer[];
  readonly state: EventsState;
}

export interface RuleAnswer extends Pick<Rule, 'name' | 'alert'> {
  readonly kind: RuleKind;
  readonly severity: Severity;
}

/** Answer of `GET /api/v1/alerts`. */
export interface AlertsAnswer {
  readonly alerts: readonly EventAnswer[];
  readonly next: number | null;
}

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  /** What is wrong with each field of the request. */
  readonly errors?: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly field: string;
  /** What was sent, shortened. */
  readonly value: string;
  readonly message: string;
}

/** What the event `stats` says of the results store. */
export type StoreFrame = StoreStatus;
