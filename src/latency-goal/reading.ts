import type { Fit } from '../pipeline/batch-target';

/** Of one step of the way, ms. */
export interface StepTimes {
  readonly p50: number;
  readonly p99: number;
}

/** What was measured over some seconds in which the settings stayed the same. */
export interface GoalReading {
  /** Monotonic ms. */
  readonly now: number;
  /** From arrival in this process to the broker's confirmation, and its three parts. */
  readonly total: StepTimes;
  readonly queue: StepTimes;
  readonly inference: StepTimes;
  readonly publish: StepTimes;
  /** From the message's timestamp to its arrival here: it is not part of the goal. */
  readonly ageOnArrival: StepTimes;
  /** null while batch times are being measured. */
  readonly fit: Fit | null;
  /** What a worker needs for one image at present, its share of the batch's time, ms; null before the first batch. */
  readonly perImageMs: number | null;
  /** Messages a second; null where it is not known. */
  readonly arrivalRate: number | null;
  readonly outcomeRate: number;
  /** Messages that wait in the broker; null where it is not known. */
  readonly backlog: number | null;
}

/** Messages a second that have to be worked off. */
export function demandOf({ arrivalRate, outcomeRate }: GoalReading): number {
  return arrivalRate ?? outcomeRate;
}
