/**
 * `measuring`: too few samples; `adjusting`: the goal is missed and the settings change; `unreachable`: given up for
 * now.
 */
export const GOAL_STATES = ['measuring', 'met', 'adjusting', 'unreachable'] as const;
export type GoalState = (typeof GOAL_STATES)[number];

/** The settings of a latency goal, their cost, or the reason why the goal cannot be met. */
export interface LatencyGoalState {
  readonly targetMs: number;
  /**
   * From arrival in this process to the broker's confirmation, over the latest seconds; null without recent samples.
   */
  readonly p99Ms: number | null;
  readonly met: boolean | null;
  readonly state: GoalState;
  /** Largest batch, images. */
  readonly batch: number;
  /** Workers in use. */
  readonly workers: number;
  /** Largest number of messages in flight. */
  readonly ahead: number;
  /** null while measuring. */
  readonly costs: GoalCosts | null;
  /** As a sentence. */
  readonly reason: string;
}

/** Times in ms at the 99th percentile unless said otherwise, rates in images a second. */
export interface GoalCosts {
  /** A batch of n takes `perImageMs · n + fixedMs`; without a fit, the time of a batch divided by its images. */
  readonly perImageMs: number;
  /** null while all batches have about the same size: then the gain of larger ones is unknown. */
  readonly fixedMs: number | null;
  readonly queueMs: number;
  readonly inferenceMs: number;
  readonly publishMs: number;
  /** From the message's timestamp to its arrival in this process: not part of the goal. */
  readonly ageOnArrivalMs: number;
  /** null where it is unknown. */
  readonly arrivalRate: number | null;
  /** Of all workers with the largest batches that the goal allows. */
  readonly capacity: number;
  /** null without a fit. */
  readonly capacityWithoutGoal: number | null;
  /** Share of the throughput that the goal costs at full load, 0–1; null without a fit. */
  readonly throughputLoss: number | null;
}
