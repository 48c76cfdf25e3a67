/** Limits for the batch size. */
export interface BatchPace {
  /** Longest time of one batch, ms. */
  readonly latencyBudgetMs: number;
  /** Whether the budget also applies while the stream is behind; otherwise throughput takes precedence then. */
  readonly strict: boolean;
}

/** Limits of the stream. Read before each batch and each `receive`, so reading is cheap. */
export interface Pace extends BatchPace {
  /** Number of batches that may be processed concurrently. */
  readonly parallelism: number;
  /** Largest number of unsettled messages. */
  readonly ahead: number;
}

/** Messages that wait in the broker; null where that is unknown. Cheap. */
export type Backlog = () => number | null;

/** Longest time of a batch while nothing waits behind it, ms. */
const LATENCY_BUDGET_MS = 10;

/**
 * Without a latency goal: small batches while caught up, the fastest ones while behind, all workers in use.
 *
 * @param workers their number, or an object whose number may change
 */
export function defaultPace(workers: number | { readonly parallelism: number }): Pace {
  const limits = typeof workers === 'number' ? { parallelism: workers } : workers;
  return {
    latencyBudgetMs: LATENCY_BUDGET_MS,
    strict: false,
    get parallelism() {
      return limits.parallelism;
    },
    ahead: Infinity,
  };
}
