import type { Fit } from '../pipeline/batch-target';

/** Of one step, ms. */
export interface StepTimes {
  readonly p50: number;
  readonly p99: number;
}

/** Measurements over some seconds with unchanged settings. */
export interface GoalReading {
  /** Monotonic ms. */
  readonly now: number;
  /** From arrival in this process to the broker's confirmation, and its three parts. */
  readonly total: StepTimes;
  readonly queue: StepTimes;
  readonly inference: StepTimes;
  readonly publish: StepTimes;
  /** From the message's timestamp to its arrival here: not part of the goal. */
  readonly ageOnArrival: StepTimes;
  /** null while batch times are being measured. */
  readonly fit: Fit | null;
  /** Present time of a worker per image, its share of the batch's time, ms; null before the first batch. */
  readonly perImageMs: number | null;
  /** Messages per second; null where unknown. */
  readonly arrivalRate: number | null;
  readonly outcomeRate: number;
  /** Messages that wait in the broker; null where unknown. */
  readonly backlog: number | null;
}

/** Required messages per second. */
export function demandOf({ arrivalRate, outcomeRate }: GoalReading): number {
  return arrivalRate ?? outcomeRate;
}
