import { kneeOf, largestWithin, OUTSIDE_MS, type Fit } from '../pipeline/batch-target';
import type { StepTimes } from './reading';

export interface GoalLimits {
  readonly targetMs: number;
  readonly maxBatch: number;
  /** Worker threads. */
  readonly workers: number;
  /** Most messages in flight, with or without a goal. */
  readonly maxAhead: number;
}

/** What a goal sets at one time. */
export interface GoalPlan {
  /** How long a batch may take, ms. */
  readonly latencyBudgetMs: number;
  /** Most images in a batch. */
  readonly batch: number;
  /** Most messages in flight. */
  readonly ahead: number;
}

/** What batches take, as far as it is known. */
export interface BatchCosts {
  /** null as long as all batches were of about one size. */
  readonly fit: Fit | null;
  /** Share of an image in the time of its batch at present, ms; null before the first batch. */
  readonly perImageMs: number | null;
}

/** What a plan is made from. */
export interface PlanBasis {
  readonly batches: BatchCosts;
  readonly publish: StepTimes;
  /** Share of the time that publishing leaves which queue and batch may use, 0–1. */
  readonly share: number;
  readonly workers: number;
}

/** Share of the goal that is left for queue and batch at least: publishing may take longer than the goal for a while. */
const LEAST_LEFT = 0.1;
/** An image that comes while all workers are busy waits for one batch and then takes part in the next one. */
const BATCHES_ON_THE_WAY = 2;

/**
 * Little's law: a process that never has more than `throughput × time` messages in flight lets none of them take longer
 * than that time on average. The rest of a backlog stays in the broker.
 */
export function planOf({ batches, publish, share, workers }: PlanBasis, limits: GoalLimits): GoalPlan {
  const { targetMs, maxBatch, maxAhead } = limits;
  const usableMs = share * Math.max(targetMs - publish.p99, targetMs * LEAST_LEFT);
  const latencyBudgetMs = usableMs / BATCHES_ON_THE_WAY;
  const fit = cautiousFit(batches);
  if (fit === null)
    return { latencyBudgetMs, batch: maxBatch, ahead: Math.min(maxAhead, workers * maxBatch) };
  const batch = Math.max(1, Math.min(maxBatch, largestWithin(latencyBudgetMs, fit)));
  const inTime = (capacityOf(fit, batch, workers) * (usableMs + publish.p50)) / 1000;
  return { latencyBudgetMs, batch, ahead: Math.max(workers, Math.min(maxAhead, Math.ceil(inTime))) };
}

/** Without a fit, larger batches are taken to be no cheaper than those that were seen. */
export function cautiousFit({ fit, perImageMs }: BatchCosts): Fit | null {
  return fit ?? (perImageMs === null ? null : { perImageMs, fixedMs: 0 });
}

/** Images a second in batches of `n`, where the main thread shares the cores with the workers. */
export function capacityOf({ perImageMs, fixedMs }: Fit, n: number, workers: number): number {
  return (workers * n * 1000) / (perImageMs * n + fixedMs + OUTSIDE_MS);
}

/** The batch that a stream which is behind has without a goal. */
export function freeBatchOf({ fit }: BatchCosts, maxBatch: number): number {
  return fit === null ? maxBatch : Math.max(1, Math.min(maxBatch, kneeOf(fit)));
}
