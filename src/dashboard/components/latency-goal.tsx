import type { GoalCosts, GoalState, LatencyGoalState } from '../../core/latency-goal-state';
import { count, milliseconds, percent, plural, seconds } from '../format';
import { Facts, type Fact } from './facts';

const MARKS: Record<GoalState, { readonly text: string; readonly look: string }> = {
  measuring: { text: 'measuring', look: 'mark' },
  met: { text: 'met', look: 'mark is-right' },
  adjusting: { text: 'not met, adjusting', look: 'mark is-wrong' },
  unreachable: { text: 'currently out of reach', look: 'mark is-wrong' },
};

/** Settings and cost of the latency goal, or why it cannot be met. */
export function LatencyGoal({ goal }: { goal: LatencyGoalState }) {
  const { costs, reason, state } = goal;
  return (
    <>
      <p class="goal-state">
        <span class={MARKS[state].look}>{MARKS[state].text}</span>
      </p>
      <p class="muted goal-reason">{sentence(reason)}</p>
      <Facts facts={[...settings(goal), ...(costs === null ? [] : costFacts(costs))]} />
    </>
  );
}

function settings({ targetMs, p99Ms, batch, workers, ahead }: LatencyGoalState): readonly Fact[] {
  return [
    ['Arrival to confirmation, p99', p99Ms === null ? 'unknown' : milliseconds(p99Ms)],
    ['Goal', milliseconds(targetMs)],
    ['Largest batch', plural(batch, 'image')],
    ['Workers in use', count(workers)],
    ['Most in flight', plural(ahead, 'message')],
  ];
}

function costFacts(costs: GoalCosts): readonly Fact[] {
  const { queueMs, inferenceMs, publishMs, ageOnArrivalMs, arrivalRate, capacity, throughputLoss } = costs;
  return [
    ['Queue, p99', milliseconds(queueMs)],
    ['Inference, p99', milliseconds(inferenceMs)],
    ['Publish, p99', milliseconds(publishMs)],
    ['Arrivals', arrivalRate === null ? 'unknown' : `${count(Math.round(arrivalRate))}/s`],
    ['Capacity', `${count(Math.round(capacity))}/s`],
    ['Throughput lost at full load', throughputLoss === null ? 'unknown' : percent(throughputLoss)],
    ['Time in the broker, p99 (not in the goal)', age(ageOnArrivalMs)],
  ];
}

function age(ms: number): string {
  return ms < 10_000 ? milliseconds(ms) : seconds(ms / 1000);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
