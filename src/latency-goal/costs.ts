import { capacityOf, cautiousFit, freeBatchOf, type BatchCosts, type GoalLimits } from './plan';
import type { GoalReading } from './reading';
import type { GoalCosts } from '../core/latency-goal-state';

/** Costs of batches of at most `batch` images at full load, by step; null before the first batch. */
export function goalCosts(
  reading: GoalReading,
  batches: BatchCosts,
  batch: number,
  limits: GoalLimits,
): GoalCosts | null {
  const cautious = cautiousFit(batches);
  if (cautious === null) return null;
  const { workers } = limits;
  const capacity = capacityOf(cautious, batch, workers);
  const free = batches.fit && capacityOf(batches.fit, freeBatchOf(batches, limits.maxBatch), workers);
  return {
    perImageMs: cautious.perImageMs,
    fixedMs: batches.fit?.fixedMs ?? null,
    queueMs: reading.queue.p99,
    inferenceMs: reading.inference.p99,
    publishMs: reading.publish.p99,
    ageOnArrivalMs: reading.ageOnArrival.p99,
    arrivalRate: reading.arrivalRate,
    capacity,
    capacityWithoutGoal: free,
    throughputLoss: free === null ? null : Math.max(0, 1 - capacity / free),
  };
}
