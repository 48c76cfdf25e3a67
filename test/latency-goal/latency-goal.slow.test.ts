import { LatencyGoal } from '../../src/latency-goal/latency-goal';
import { runStream, type Second, type StreamModel } from '../helpers/stream-model';

/** Two workers that can do 1,780 images a second in batches of 64, 1,600 in batches of 32. */
const MODEL: StreamModel = {
  seed: 7,
  maxBatch: 64,
  workers: 2,
  rate: () => 300,
  perImageMs: 1,
  fixedMs: 8,
  publishMs: () => 12,
};

function run(targetMs: number, model: Partial<StreamModel>, seconds: number) {
  const { maxBatch, workers } = MODEL;
  const goal = new LatencyGoal({ targetMs, maxBatch, workers, maxAhead: 4096 });
  const history = runStream({ ...MODEL, ...model }, goal, seconds);
  return { goal, history, state: goal.state(seconds * 1000) };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Share of the seconds; one second has at most about 50 batches, and its p99 is that of the slowest. */
function missedIn(history: readonly Second[], targetMs: number): number {
  return history.filter(({ p99 }) => p99 > targetMs).length / history.length;
}

function changesOf(history: readonly Second[], of: (second: Second) => number): number {
  return history.filter((second, at) => at > 0 && of(second) !== of(history[at - 1] as Second)).length;
}

describe('a latency goal', () => {
  it('is measuring before it has seen anything', () => {
    const goal = new LatencyGoal({ targetMs: 50, maxBatch: 64, workers: 2, maxAhead: 4096 });
    expect(goal.state(0)).toMatchObject({ state: 'measuring', p99Ms: null, met: null, costs: null });
    expect([goal.strict, goal.parallelism, goal.ahead]).toEqual([true, 2, 128]);
  });

  it('costs nothing where it is easily met', () => {
    const { state } = run(600, {}, 60);
    expect(state).toMatchObject({ state: 'met', met: true, batch: 64 });
    expect(state.costs?.throughputLoss).toBeLessThan(0.01);
    expect(state.reason).toBe('the goal is met; it costs no throughput');
  });

  it('is met with a backlog in the broker, close to the throughput without a goal', () => {
    const { history, state } = run(300, { backlog: 100_000 }, 40);
    const settled = history.slice(10);
    expect(missedIn(settled, 300)).toBeLessThan(0.1);
    expect(mean(settled.map(({ rate }) => rate))).toBeGreaterThan(0.9 * 1780);
    expect(state.reason).toMatch(
      /messages wait in the broker for up to \d+ s, which is not part of the goal$/,
    );
  });

  it('has smaller batches for a tight goal, and reports their cost', () => {
    const { history, state } = run(150, { backlog: 100_000 }, 60);
    const settled = history.slice(20);
    expect(missedIn(settled, 150)).toBeLessThan(0.2);
    expect(state.batch).toBeLessThan(64);
    expect(state.reason).toMatch(
      /^the goal is met; batches of \d+ instead of 64: about \d+% less throughput/,
    );
    // The reported state is the real one.
    const { capacity = 0 } = state.costs ?? {};
    expect(mean(settled.map(({ rate }) => rate)) / capacity).toBeGreaterThan(0.9);
  });

  it.each([1, 2])('does not go to and fro (seed %i)', (seed) => {
    const { history } = run(150, { seed, backlog: 200_000 }, 120);
    const settled = history.slice(40);
    expect(changesOf(settled, ({ ahead }) => ahead)).toBeLessThan(8);
    expect(changesOf(settled, ({ workers }) => workers)).toBe(0);
    const batches = settled.map(({ batch }) => batch);
    expect(Math.max(...batches) / Math.min(...batches)).toBeLessThan(1.8);
  });

  it('uses fewer workers while they suffice, and all of them for a backlog', () => {
    const burst = (at: number) => (at > 100_000 && at < 130_000 ? 3_000 : 300);
    const { history } = run(300, { rate: burst }, 130);
    expect(history.slice(60, 100).every(({ workers }) => workers === 1)).toBe(true);
    expect(history.slice(112, 130).every(({ workers }) => workers === 2)).toBe(true);
    expect(changesOf(history, ({ workers }) => workers)).toBe(2);
  });

  it('reports that arrivals exceed capacity', () => {
    const { state } = run(300, { rate: () => 2_500 }, 40);
    expect(state.met).toBe(true);
    expect(state.reason).toMatch(
      /arrivals \(2,500\/s\) exceed capacity \(1,[78]\d\d\/s\), so the broker lag grows/,
    );
  });

  it('gives up where publishing alone takes longer, in favour of throughput, and retries occasionally', () => {
    const { goal, history, state } = run(60, { publishMs: () => 80, backlog: 20_000 }, 180);
    expect(state).toMatchObject({ state: 'unreachable', met: false, batch: 64, workers: 2, ahead: 4096 });
    expect(state.reason).toMatch(
      /^the goal cannot be met: publishing alone takes \d+ ms at the 99th percentile; throughput takes precedence; next attempt/,
    );
    expect([goal.strict, goal.ahead]).toEqual([false, 4096]);
    const tries = history.filter(
      ({ state: one }, at) => one === 'adjusting' && history[at - 1]?.state !== one,
    );
    expect(tries.length).toBeGreaterThan(1);
    expect(tries.length).toBeLessThan(5);
  });

  it('is unreachable where one image takes longer', () => {
    const { state } = run(50, { perImageMs: 60, rate: () => 25 }, 60);
    expect(state.reason).toMatch(/^the goal cannot be met: one image takes longer than the goal \(\d+ ms\)/);
  });

  it('holds it again soon after a broker that was slow at first', () => {
    const { history, state } = run(150, { publishMs: (at) => (at < 30_000 ? 900 : 12) }, 90);
    expect(history.slice(60).filter(({ state: one }) => one !== 'met')).toEqual([]);
    expect(state).toMatchObject({ state: 'met', batch: expect.any(Number) as number });
  });

  it('forgets a p99 that is old', () => {
    const { goal } = run(300, {}, 30);
    expect(goal.state(30_000)).toMatchObject({ state: 'met', met: true });
    expect(goal.state(200_000)).toMatchObject({ state: 'measuring', p99Ms: null, met: null });
  });
});
