import { signal, type Signal } from '@preact/signals';
import type { PredictionFrame } from '../http/schemas/stream';
import { paused, toShown, type Shown } from './state';

/** One place in the grid; `turn` changes with each new image. */
export interface Tile {
  readonly shown: Shown | null;
  readonly turn: number;
}

/**
 * The grid is filled row by row: each new image replaces the oldest one and nothing moves. The server sends its sample
 * in bursts; they are spread over time, and the excess is dropped.
 */
export const tiles = signal<readonly Signal<Tile>[]>([]);
export const anyTile = signal(false);

const WAITING_MAX = 12;
const STEP_MS = 55;
const CALM_STEP_MS = 400;

let waiting: PredictionFrame[] = [];
let next = 0;
let turn = 0;
let timer: ReturnType<typeof setInterval> | undefined;

export function resizeTiles(size: number): void {
  const old = tiles.peek();
  if (size === old.length) return;
  tiles.value = Array.from({ length: size }, (_, at) => old[at] ?? signal<Tile>({ shown: null, turn: 0 }));
  next %= Math.max(1, size);
}

export function offerTile(frame: PredictionFrame): void {
  if (paused.peek()) return;
  waiting = [...waiting.slice(-(WAITING_MAX - 1)), frame];
  timer ??= setInterval(placeOne, stepMs());
}

function placeOne(): void {
  const frame = paused.peek() ? undefined : waiting.shift();
  const places = tiles.peek();
  if (frame === undefined || places.length === 0) {
    clearInterval(timer);
    timer = undefined;
    waiting = [];
    return;
  }
  places[next % places.length]!.value = { shown: toShown(frame), turn: ++turn };
  next = (next + 1) % places.length;
  anyTile.value = true;
}

function stepMs(): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? CALM_STEP_MS : STEP_MS;
}
