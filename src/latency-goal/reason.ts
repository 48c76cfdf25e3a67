import type { GoalCosts, GoalState, LatencyGoalState } from '../core/latency-goal-state';

export interface Explained extends Pick<
  LatencyGoalState,
  'targetMs' | 'p99Ms' | 'state' | 'batch' | 'costs'
> {
  /** The largest batch without the goal. */
  readonly freeBatch: number;
  /** Why the goal was given up. */
  readonly obstacle: string | null;
  /** ms from now; null unless it was given up. */
  readonly retryInMs: number | null;
}

/** Smaller losses are not mentioned. */
const NOTABLE_LOSS = 0.01;
/** Younger messages have hardly waited, ms. */
const OLD_MS = 1_000;

/** Cost of the goal, or why it cannot be met, and the times that it does not cover. */
export function goalReason(explained: Explained): string {
  const { costs, targetMs } = explained;
  const sentence = SENTENCES[explained.state](explained);
  if (costs === null) return sentence;
  return [sentence, tooMany(costs), tooOld(costs, targetMs)].filter((part) => part !== '').join('; ');
}

const SENTENCES: Readonly<Record<GoalState, (explained: Explained) => string>> = {
  measuring: () => 'measuring: too few predictions so far',
  met: ({ costs, batch, freeBatch }) => `the goal is met; ${price(costs, batch, freeBatch)}`,
  adjusting: ({ p99Ms }) =>
    `p99 is ${ms(p99Ms ?? 0)}, above the goal; batches, workers and messages in flight are being adjusted`,
  unreachable: ({ obstacle, retryInMs }) =>
    `the goal cannot be met: ${obstacle ?? 'unknown cause'}; throughput takes precedence; next attempt in ${seconds(retryInMs ?? 0)}`,
};

/** Why no setting is sufficient. */
export function obstacleOf(costs: GoalCosts, targetMs: number): string {
  const { queueMs, inferenceMs, publishMs } = costs;
  const oneImageMs = costs.perImageMs + (costs.fixedMs ?? 0);
  if (oneImageMs >= targetMs) return `one image takes longer than the goal (${ms(oneImageMs)})`;
  if (publishMs >= targetMs) return `publishing alone takes ${ms(publishMs)} at the 99th percentile`;
  if (inferenceMs >= targetMs)
    return `even small batches take ${ms(inferenceMs)} at the 99th percentile; the workers lack CPU time`;
  return `at the 99th percentile the queue takes ${ms(queueMs)}, inference ${ms(inferenceMs)} and publishing ${ms(publishMs)}`;
}

function price(costs: GoalCosts | null, batch: number, freeBatch: number): string {
  const loss = costs?.throughputLoss ?? null;
  if (loss === null) return 'its cost is unknown until batches of several sizes are measured';
  if (loss < NOTABLE_LOSS) return 'it costs no throughput';
  return `batches of ${batch} instead of ${freeBatch}: about ${Math.round(loss * 100)}% less throughput at full load`;
}

function tooMany({ arrivalRate, capacity, capacityWithoutGoal: free }: GoalCosts): string {
  // Without a fit the capacity is a cautious estimate, and not a reason for a warning.
  if (arrivalRate === null || free === null || arrivalRate <= capacity) return '';
  const without = arrivalRate <= free ? `, ${whole(free)}/s without the goal` : '';
  return `arrivals (${whole(arrivalRate)}/s) exceed capacity (${whole(capacity)}/s${without}), so the broker lag grows`;
}

function tooOld({ ageOnArrivalMs }: GoalCosts, targetMs: number): string {
  if (ageOnArrivalMs < Math.max(OLD_MS, targetMs)) return '';
  return `messages wait in the broker for up to ${seconds(ageOnArrivalMs)}, which is not part of the goal`;
}

function ms(value: number): string {
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ms`;
}

function seconds(value: number): string {
  return `${Math.max(1, Math.round(value / 1000))} s`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
