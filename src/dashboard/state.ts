import { computed, signal } from '@preact/signals';
import type { OriginalImage, Picture } from '../core/picture';
import type { Prediction } from '../core/prediction';
import type { Headers } from '../http/schemas/answer-fields';
import type { LagFrame } from '../http/schemas/lag';
import type { ModelFrame, StatsFrame } from '../http/schemas/stats';
import type { AlertFrame, PredictionFrame } from '../http/schemas/stream';
import { sizeOfImage } from './model';

/** A prediction as the server answers it. */
export interface AnsweredPrediction extends Prediction {
  /** Absent unless the message had an image file. */
  readonly original?: OriginalImage;
}

/** A prediction with its image; null if only the server has it. */
export interface Shown {
  readonly prediction: AnsweredPrediction;
  readonly picture: Picture | null;
  /** Headers of the message; undefined if they were not kept. */
  readonly headers?: Headers | undefined;
}

/** Arriving and classified images per second, at a time in seconds since 1970. */
export interface RatePoint {
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

const HISTORY = 120;

/** `locked`: the server requires a token. */
export const connection = signal<'connecting' | 'live' | 'lost' | 'locked'>('connecting');
export const about = signal<ModelFrame | null>(null);
export const paused = signal(false);
/** The numbers shown; frozen while paused. */
export const stats = signal<StatsFrame | null>(null);
export const lag = signal<LagFrame>([]);
export const history = signal<readonly RatePoint[]>([]);
export const selected = signal<Shown | null>(null);
/** The list of the Predictions tab, for stepping to the neighbours of an open prediction. */
export const listed = signal<readonly AnsweredPrediction[]>([]);
export const shortcutsOpen = signal(false);
/** Latest alert raised or acknowledged while the page is open. */
export const alertNews = signal<AlertFrame | null>(null);

/** The latest numbers, also while paused. */
export const latest = signal<StatsFrame | null>(null);
let points: readonly RatePoint[] = [];

export const missed = computed(() =>
  paused.value ? Math.max(0, (latest.value?.predictions ?? 0) - (stats.value?.predictions ?? 0)) : 0,
);
/** null: unknown, because the broker is down or does not report it. */
export const totalLag = computed(() =>
  lag.value.length === 0 ? null : lag.value.reduce((sum, { messages }) => sum + messages, 0),
);

export function takeStats(frame: StatsFrame): void {
  const before = latest.peek();
  latest.value = frame;
  points =
    before !== null && frame.predictions >= before.predictions
      ? [...points, toPoint(before, frame)].slice(-HISTORY)
      : [];
  if (!paused.peek()) showLatest();
}

export function takeLag(frame: LagFrame): void {
  if (!paused.peek()) lag.value = frame;
}

export function togglePause(): void {
  paused.value = !paused.value;
  if (!paused.value) showLatest();
}

export function toShown({ pixels, image, headers, ...prediction }: PredictionFrame): Shown {
  if (pixels === '') return { prediction, picture: null, headers };
  const bytes = fromBase64(pixels);
  return { prediction, picture: { ...(image ?? sizeOfImage(bytes.length)), pixels: bytes }, headers };
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function showLatest(): void {
  stats.value = latest.peek();
  history.value = points;
}

/** Arrivals are the outcomes plus the growth of the messages in flight. */
function toPoint(before: StatsFrame, now: StatsFrame): RatePoint {
  const elapsed = Math.max(0.2, (now.at - before.at) / 1000);
  const out = now.predictions + now.deadLetters - before.predictions - before.deadLetters;
  const arrived = out + now.activity.inFlight - before.activity.inFlight;
  return { at: now.at / 1000, in: Math.max(0, arrived / elapsed), out: out / elapsed };
}
