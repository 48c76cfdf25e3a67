import type { RejectionCode } from './errors';
import type { Delivery } from './message';
import type { PictureSize } from './picture';
import type { Prediction } from './prediction';
import type { RuleKind, Severity } from './rule';

/**
 * Raised when the matches of a rule reach its threshold; later matches are added to it. In this form it is stored, shown
 * and published (with its images) to the events topic.
 */
export interface RuleEvent {
  readonly schemaVersion: 1;
  /** Equal in every place, also when the event is published twice. */
  readonly id: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  /** Description for people. */
  readonly description: string;
  /** ISO 8601. */
  readonly at: string;
  /** Number of matches in it. */
  readonly count: number;
  /** Number of the alert, if it is one. Never used twice. */
  readonly alert: number | null;
  /** The prediction that completed the event; absent where a dead letter did. */
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

/** One property of predictions or images that is compared with the model's baseline. */
export interface MeasuredDrift {
  readonly measure: (typeof DRIFT_MEASURES)[number];
  /** Population stability index: 0 for equal distributions. */
  readonly index: number;
  /** Above it there is drift: the larger of the configured limit and the random variation of so small a sample. */
  readonly limit: number;
}

/** Distance of some predictions from their model's baseline; its own measure is the one furthest above its limit. */
export interface DriftFinding extends MeasuredDrift {
  readonly samples: number;
  /** Share of each class, 0–1. */
  readonly shares: readonly number[];
  readonly expected: readonly number[];
  readonly measures: readonly MeasuredDrift[];
}

/** An event with the image behind it (row-major uint8, channels interleaved), where there is one. */
export interface EventWithImage {
  readonly event: RuleEvent;
  readonly pixels: Uint8Array | null;
  /** Of the image; 28×28 grey pixels if absent. */
  readonly imageSize?: PictureSize | undefined;
}

/** Keeps the messages behind events outside of this process. */
export interface OriginalStore {
  /**
   * Keeps the image of a message under the id of its event. Resolves with undefined when kept, or with the reason of a
   * permanent failure; rejects when a retry may help.
   */
  keep(id: string, message: OriginalValue, signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

/** The message behind an event, as far as its image needs it. */
export type OriginalValue = Pick<Delivery, 'value' | 'headers'>;

/** An event as it is stored. */
export interface StorableEvent {
  readonly event: RuleEvent;
  /** 28×28 grey pixels as they are; any other image as a PNG file. */
  readonly pixels: Uint8Array | null;
}

/** Images that the worker pool derives from an event's image; PNG files. */
export interface DerivedImages {
  readonly enlarged: Uint8Array;
  /** Occlusion map: warm colours mark regions whose covering lowers the confidence most. */
  readonly occlusion: Uint8Array;
}

/** Progress of an event after it was stored: `matches` and `lastAt` increase while its cause persists. */
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
  /** The name that the acknowledging person gave. */
  readonly by: string;
  readonly note: string;
}

/** Available images of an event. */
export interface EventImages {
  readonly image: boolean;
  readonly enlarged: boolean;
  readonly occlusion: boolean;
}

export type EventImageName = keyof EventImages;

/** `seq` increases by one with each event. */
export type StoredEvent = RuleEvent & EventProgress & { readonly seq: number };

export interface EventFilter {
  readonly rule?: string;
  /** Only alerts. */
  readonly alerts?: boolean;
  /** Only acknowledged events, or only the others. */
  readonly acknowledged?: boolean;
  /** Cursor: only events before this sequence number. */
  readonly before?: number;
  readonly limit: number;
}
