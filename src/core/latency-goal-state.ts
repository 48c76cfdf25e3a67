/** `measuring`: too little was seen; `adjusting`: the goal is missed, and the settings change; `unreachable`: given up for now. */
export const GOAL_STATES = ['measuring', 'met', 'adjusting', 'unreachable'] as const;
export type GoalState = (typeof GOAL_STATES)[number];

/** What a latency goal has set, what that costs, or why the goal cannot be met. */
export interface LatencyGoalState {
  readonly targetMs: number;
  /** From arrival in this process to the broker's confirmation, over the latest seconds; null when nothing was seen lately. */
  readonly p99Ms: number | null;
  readonly met: boolean | null;
  readonly state: GoalState;
  /** Most images in a batch. */
  readonly batch: number;
  /** Workers in use. */
  readonly workers: number;
  /** Most messages in flight. */
  readonly ahead: number;
  /** null while measuring. */
  readonly costs: GoalCosts | null;
  /** As a sentence. */
  readonly reason: string;
}

/** Times in ms at the 99th percentile unless said otherwise, rates in images a second. */
export interface GoalCosts {
  /** A batch of n takes `perImageMs · n + fixedMs`; without a fit, an image's share in the time of its batch. */
  readonly perImageMs: number;
  /** null as long as all batches were of about one size; then nobody knows what larger ones would gain. */
  readonly fixedMs: number | null;
  readonly queueMs: number;
  readonly inferenceMs: number;
  readonly publishMs: number;
  /** From the message's timestamp to its arrival in this process: not part of the goal. */
  readonly ageOnArrivalMs: number;
  /** null where it is not known. */
  readonly arrivalRate: number | null;
  /** Of all workers in batches as large as the goal allows. */
  readonly capacity: number;
  /** null without a fit. */
  readonly capacityWithoutGoal: number | null;
  /** Share of the throughput that the goal takes at full load, 0–1; null without a fit. */
  readonly throughputLoss: number | null;
}
