import { kneeOf, largestWithin, OUTSIDE_MS, type Fit } from '../pipeline/batch-target';
import type { StepTimes } from './reading';

export interface GoalLimits {
  readonly targetMs: number;
  readonly maxBatch: number;
  /** Worker threads. */
  readonly workers: number;
  /** Largest number of messages in flight, with or without a goal. */
  readonly maxAhead: number;
}

/** Settings of a goal at one time. */
export interface GoalPlan {
  /** Longest time of a batch, ms. */
  readonly latencyBudgetMs: number;
  /** Largest batch, images. */
  readonly batch: number;
  /** Largest number of messages in flight. */
  readonly ahead: number;
}

/** Known costs of batches. */
export interface BatchCosts {
  /** null while all batches have about the same size. */
  readonly fit: Fit | null;
  /** Present time of a batch divided by its images, ms; null before the first batch. */
  readonly perImageMs: number | null;
}

/** Inputs of a plan. */
export interface PlanBasis {
  readonly batches: BatchCosts;
  readonly publish: StepTimes;
  /** Share of the time left by publishing that queue and batch may use, 0–1. */
  readonly share: number;
  readonly workers: number;
}

/** Smallest share of the goal for queue and batch: publishing may temporarily take longer than the goal. */
const LEAST_LEFT = 0.1;
/** An image that arrives while all workers are busy waits for one batch and is part of the next one. */
const BATCHES_ON_THE_WAY = 2;

/**
 * Little's law: with at most `throughput × time` messages in flight, the average time of a message is at most that
 * time. The rest of a backlog stays in the broker.
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

/** Without a fit, larger batches are assumed to be no cheaper than the measured ones. */
export function cautiousFit({ fit, perImageMs }: BatchCosts): Fit | null {
  return fit ?? (perImageMs === null ? null : { perImageMs, fixedMs: 0 });
}

/** Images per second in batches of `n`, where the main thread shares the cores with the workers. */
export function capacityOf({ perImageMs, fixedMs }: Fit, n: number, workers: number): number {
  return (workers * n * 1000) / (perImageMs * n + fixedMs + OUTSIDE_MS);
}

/** Batch size of a stream that is behind, without a goal. */
export function freeBatchOf({ fit }: BatchCosts, maxBatch: number): number {
  return fit === null ? maxBatch : Math.max(1, Math.min(maxBatch, kneeOf(fit)));
}
