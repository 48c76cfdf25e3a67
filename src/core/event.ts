import type { RejectionCode } from './errors';
import type { Prediction } from './prediction';
import type { RuleKind, Severity } from './rule';

/** What a rule noticed, as it is stored, shown and published (with its images) to the events topic. */
export interface NoticedEvent {
  readonly schemaVersion: 1;
  /** The same wherever it is told, also when it is told twice. */
  readonly id: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  /** What happened, for people. */
  readonly description: string;
  /** ISO 8601. */
  readonly at: string;
  /** Matches that it was made of. */
  readonly count: number;
  /** Of the alert, if it is one. Never given twice. */
  readonly alert: number | null;
  /** The one that made it an event; absent where that was a dead letter. */
  readonly prediction?: Prediction;
  readonly deadLetter?: EventDeadLetter;
  readonly drift?: DriftFinding;
}

export interface EventDeadLetter {
  readonly sourceId: string;
  readonly code: RejectionCode;
  readonly message: string;
}

export const DRIFT_MEASURES = ['classes', 'confidence', 'brightness', 'contrast'] as const;

/** One thing that predictions, or the images behind them, are compared with the model's baseline in. */
export interface MeasuredDrift {
  readonly measure: (typeof DRIFT_MEASURES)[number];
  /** Population stability index: 0 is no difference. */
  readonly index: number;
  /** Above it is drift: what was asked for, or what chance may do with so few predictions, whichever is more. */
  readonly limit: number;
}

/** How far some predictions are from their model's baseline; its own measure is the one furthest above its limit. */
export interface DriftFinding extends MeasuredDrift {
  readonly samples: number;
  /** Share of each class, 0–1. */
  readonly shares: readonly number[];
  readonly expected: readonly number[];
  readonly measures: readonly MeasuredDrift[];
}

/** An event with the 28×28 image behind it (row-major uint8), where there is one. */
export interface EventWithImage {
  readonly event: NoticedEvent;
  readonly pixels: Uint8Array | null;
}

/** What is made of an event's image in the worker pool; PNG files. */
export interface DerivedImages {
  readonly enlarged: Uint8Array;
  /** What the decision rested on: the warmer a place, the more the confidence falls when it is covered. */
  readonly occlusion: Uint8Array;
}

/** What became of an event since: `matches` and `lastAt` go on while its cause does. */
export interface EventProgress {
  readonly matches: number;
  /** ISO 8601. */
  readonly lastAt: string;
  readonly acknowledged: Acknowledgement | null;
  readonly images: EventImages;
}

export interface Acknowledgement {
  /** ISO 8601. */
  readonly at: string;
  /** Who has seen it, as they call themselves. */
  readonly by: string;
  readonly note: string;
}

/** Which of its images there are. */
export interface EventImages {
  readonly image: boolean;
  readonly enlarged: boolean;
  readonly occlusion: boolean;
}

export type EventImageName = keyof EventImages;

/** `seq` grows by one with each. */
export type StoredEvent = NoticedEvent & EventProgress & { readonly seq: number };

export interface EventFilter {
  readonly rule?: string;
  /** Only those that are alerts. */
  readonly alerts?: boolean;
  /** Only those that nobody has acknowledged, or only the others. */
  readonly acknowledged?: boolean;
  /** Cursor: only those that came before the event with this sequence number. */
  readonly before?: number;
  readonly limit: number;
}
