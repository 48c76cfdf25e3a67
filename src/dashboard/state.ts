import { computed, signal } from '@preact/signals';
import type { LoadPoint as ServerPoint, LoadWindow } from '../core/load-history';
import type { OriginalImage, Picture } from '../core/picture';
import type { Prediction } from '../core/prediction';
import type { Headers } from '../http/schemas/answer-fields';
import type { LagFrame } from '../http/schemas/lag';
import type { ModelFrame, StatsFrame } from '../http/schemas/stats';
import type { AlertFrame, PredictionFrame } from '../http/schemas/stream';
import { getLoadHistory } from './api';
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

/** As in the history of the server, but `at` is in seconds since 1970. */
export type LoadPoint = ServerPoint;

/** Seconds that the page follows. */
const HISTORY_S = 300;
const LONGEST_GAP_MS = 5_000;

/** `locked`: the server requires a token. */
export const connection = signal<'connecting' | 'live' | 'lost' | 'locked'>('connecting');
export const about = signal<ModelFrame | null>(null);
export const paused = signal(false);
/** The numbers shown; frozen while paused. */
export const stats = signal<StatsFrame | null>(null);
export const lag = signal<LagFrame>([]);
export const history = signal<readonly LoadPoint[]>([]);
export const selected = signal<Shown | null>(null);
/** The list of the Predictions tab, for stepping to the neighbours of an open prediction. */
export const listed = signal<readonly AnsweredPrediction[]>([]);
export const shortcutsOpen = signal(false);
/** Latest alert raised or acknowledged while the page is open. */
export const alertNews = signal<AlertFrame | null>(null);

/** The latest numbers, also while paused. */
export const latest = signal<StatsFrame | null>(null);
let points: readonly LoadPoint[] = [];

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
  const isNew = before === null || frame.predictions < before.predictions;
  // A hidden page has no connection.
  if (isNew || frame.at - before.at > LONGEST_GAP_MS) void startHistory();
  else {
    const point = toPoint(before, frame);
    points = [...points, point].filter(({ at }) => at > point.at - HISTORY_S);
  }
  if (!paused.peek()) showLatest();
}

/** The server knows what happened before the page was opened, and while it was hidden. */
async function startHistory(): Promise<void> {
  points = [];
  const earlier = await readHistory('5m').catch(() => []);
  const first = points[0]?.at ?? Infinity;
  points = [...earlier.filter(({ at }) => at < first), ...points];
  if (!paused.peek()) showLatest();
}

export async function readHistory(window: LoadWindow): Promise<readonly LoadPoint[]> {
  const answer = await getLoadHistory(window);
  return answer.points.map((point) => ({ ...point, at: point.at / 1000 }));
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
function toPoint(before: StatsFrame, now: StatsFrame): LoadPoint {
  const elapsed = Math.max(0.2, (now.at - before.at) / 1000);
  const out = now.predictions + now.deadLetters - before.predictions - before.deadLetters;
  const arrived = out + now.activity.inFlight - before.activity.inFlight;
  const { p50, p99 } = now.latency.total;
  return { at: now.at / 1000, in: Math.max(0, arrived / elapsed), out: out / elapsed, p50, p99 };
}
