import type { LoadPoint, LoadWindow } from '../core/load-history';

/** Figures of the process at one moment; counts since its start. */
export interface LoadSample {
  readonly outcomes: number;
  readonly inFlight: number;
  /** Over about the last minute, ms. */
  readonly latency: { readonly p50: number; readonly p99: number };
}

/** Number and length of the points of each window; together a few hundred kilobytes. */
const RINGS: Readonly<Record<LoadWindow, { readonly points: number; readonly stepMs: number }>> = {
  '5m': { points: 300, stepMs: 1_000 },
  '1h': { points: 360, stepMs: 10_000 },
  '24h': { points: 1_440, stepMs: 60_000 },
};

/** Rate and latency of this process over the last 24 hours, finer for the last hour and the last 5 minutes. */
export class LoadHistory {
  readonly #rings = new Map(
    Object.entries(RINGS).map(([window, { points, stepMs }]) => [window, new Ring(points, stepMs)]),
  );
  #before: { readonly at: number; readonly sample: LoadSample } | null = null;

  /**
   * Adds a sample, about once a second.
   *
   * @param at ms since 1970; after an earlier time than before, rates start again with the next sample
   */
  add(at: number, sample: LoadSample): void {
    const before = this.#before;
    this.#before = { at, sample };
    if (before === null || at <= before.at) return;
    const seconds = (at - before.at) / 1000;
    const out = (sample.outcomes - before.sample.outcomes) / seconds;
    const grown = (sample.inFlight - before.sample.inFlight) / seconds;
    const point = { at, in: Math.max(0, out + grown), out, ...sample.latency };
    for (const ring of this.#rings.values()) ring.add(point);
  }

  /** Oldest first. */
  points(window: LoadWindow): readonly LoadPoint[] {
    return this.#rings.get(window)?.points() ?? [];
  }
}

/** The latest steps of the clock; each has the mean of its rates and the highest of its latencies. */
class Ring {
  readonly #points: LoadPoint[] = [];
  #next = 0;
  #open: LoadPoint[] = [];

  constructor(
    private readonly size: number,
    private readonly stepMs: number,
  ) {}

  add(point: LoadPoint): void {
    const [first] = this.#open;
    if (first !== undefined && this.#stepOf(first) !== this.#stepOf(point)) {
      this.#points[this.#next] = merged(this.#open);
      this.#next = (this.#next + 1) % this.size;
      this.#open = [];
    }
    this.#open.push(point);
  }

  /** Oldest first, with the unfinished step at the end. */
  points(): LoadPoint[] {
    const points = [...this.#points.slice(this.#next), ...this.#points.slice(0, this.#next)];
    return this.#open.length === 0 ? points : [...points, merged(this.#open)].slice(-this.size);
  }

  #stepOf({ at }: LoadPoint): number {
    return Math.floor(at / this.stepMs);
  }
}

function merged(points: readonly LoadPoint[]): LoadPoint {
  const mean = (of: 'in' | 'out') => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const most = (of: 'p50' | 'p99') => Math.max(...points.map((point) => point[of]));
  const last = points[points.length - 1] as LoadPoint;
  return { at: last.at, in: mean('in'), out: mean('out'), p50: most('p50'), p99: most('p99') };
}
