/** How large batches may be. */
export interface BatchPace {
  /** How long one batch may take, ms. */
  readonly latencyBudgetMs: number;
  /** Whether the budget also holds while the stream is behind; otherwise throughput comes first then. */
  readonly strict: boolean;
}

/** How the stream is paced. Read before each batch and each `receive`, so all of it is cheap. */
export interface Pace extends BatchPace {
  /** Batches that may be worked on at the same time. */
  readonly parallelism: number;
  /** Most messages taken and not yet settled. */
  readonly ahead: number;
}

/** How many messages wait in the broker; null where that is not known. Cheap. */
export type Backlog = () => number | null;

/** How long a batch may take while nothing waits behind it, ms. */
const LATENCY_BUDGET_MS = 10;

/** Without a latency goal: small batches while caught up, the fastest ones while behind, everything in use. */
export function unhurried(parallelism: number): Pace {
  return { latencyBudgetMs: LATENCY_BUDGET_MS, strict: false, parallelism, ahead: Infinity };
}
