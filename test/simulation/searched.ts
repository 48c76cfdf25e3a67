/** What a search went through without a broken promise. */
export interface Searched {
  readonly seeds: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** Longest time from the last fault until all was settled, ms of virtual time. */
  readonly slowestMs: number;
}

export const NOTHING: Searched = { seeds: 0, steps: 0, virtualMs: 0, slowestMs: 0 };

export function plus(one: Searched, other: Searched): Searched {
  return {
    seeds: one.seeds + other.seeds,
    steps: one.steps + other.steps,
    virtualMs: one.virtualMs + other.virtualMs,
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
  };
}
