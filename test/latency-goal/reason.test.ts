import { goalReason, obstacleOf, type Explained } from '../../src/latency-goal/reason';
import type { GoalCosts } from '../../src/core/latency-goal-state';

const costs: GoalCosts = {
  perImageMs: 0.1,
  fixedMs: 1,
  queueMs: 4,
  inferenceMs: 3,
  publishMs: 5,
  ageOnArrivalMs: 2,
  arrivalRate: 1000,
  capacity: 8200,
  capacityWithoutGoal: 10_000,
  throughputLoss: 0.18,
};
const explained: Explained = {
  targetMs: 30,
  p99Ms: 12,
  state: 'met',
  batch: 12,
  freeBatch: 64,
  costs,
  obstacle: null,
  retryInMs: null,
};

describe('the reason of a latency goal', () => {
  it('reports the cost of smaller batches', () => {
    expect(goalReason(explained)).toBe(
      'the goal is met; batches of 12 instead of 64: about 18% less throughput at full load',
    );
  });

  it('does not report unknown costs', () => {
    const unknown = { ...costs, fixedMs: null, capacityWithoutGoal: null, throughputLoss: null };
    expect(goalReason({ ...explained, costs: unknown })).toBe(
      'the goal is met; its cost is unknown until batches of several sizes are measured',
    );
  });

  it('separates the cost of the goal from an overload that exists without it', () => {
    expect(goalReason({ ...explained, costs: { ...costs, arrivalRate: 9000 } })).toMatch(
      /; arrivals \(9,000\/s\) exceed capacity \(8,200\/s, 10,000\/s without the goal\), so the broker lag grows$/,
    );
    expect(goalReason({ ...explained, costs: { ...costs, arrivalRate: 12_000 } })).toMatch(
      /; arrivals \(12,000\/s\) exceed capacity \(8,200\/s\), so the broker lag grows$/,
    );
  });

  it('mentions that the time in the broker does not count', () => {
    expect(goalReason({ ...explained, costs: { ...costs, ageOnArrivalMs: 12_000 } })).toMatch(
      /; messages wait in the broker for up to 12 s, which is not part of the goal$/,
    );
  });

  it('reports the current adjustment, and when an unreachable goal is retried', () => {
    expect(goalReason({ ...explained, state: 'adjusting', p99Ms: 62.4 })).toBe(
      'p99 is 62 ms, above the goal; batches, workers and messages in flight are being adjusted',
    );
    const obstacle = 'publishing alone takes 35 ms at the 99th percentile';
    expect(goalReason({ ...explained, state: 'unreachable', obstacle, retryInMs: 59_700 })).toBe(
      `the goal cannot be met: ${obstacle}; throughput takes precedence; next attempt in 60 s`,
    );
    expect(goalReason({ ...explained, state: 'measuring', costs: null })).toBe(
      'measuring: too few predictions so far',
    );
  });

  it.each<[Partial<GoalCosts>, string]>([
    [{ perImageMs: 30 }, 'one image takes longer than the goal (31 ms)'],
    [{ publishMs: 35 }, 'publishing alone takes 35 ms at the 99th percentile'],
    [{ inferenceMs: 44 }, 'even small batches take 44 ms at the 99th percentile; the workers lack CPU time'],
    [{ queueMs: 22 }, 'at the 99th percentile the queue takes 22 ms, inference 3.0 ms and publishing 5.0 ms'],
  ])('names the obstacle: %j', (change, obstacle) => {
    expect(obstacleOf({ ...costs, ...change }, 30)).toBe(obstacle);
  });
});
