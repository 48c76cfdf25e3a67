import type { StatsAnswer } from '../../src/http/schemas/stats';
import { Cli, until } from '../helpers/cli';
import { linesOf } from '../helpers/metrics';

jest.setTimeout(300_000);

/** Wide enough for a busy machine. */
const GOAL = '20s';

describe('a process with a latency goal', () => {
  let server: Cli;

  beforeAll(async () => {
    const flags = ['--port', '0', '--rate', '200', '--runtime', 'tfjs-wasm', '--workers', '2'];
    server = new Cli([...flags, '--target-p99', GOAL]);
    await server.ready(120_000);
  });
  afterAll(async () => {
    expect((await server.stop()).code).toBe(0);
  });

  const goal = async () => (await server.json<StatsAnswer>('/api/v1/stats')).latencyGoal;

  it('measures itself, meets the goal and reports its cost', async () => {
    await until(
      async () => (await goal())?.state === 'met',
      60_000,
      () => server.stderr,
    );
    const state = await goal();
    expect(state).toMatchObject({ targetMs: 20_000, met: true });
    expect(state?.p99Ms).toBeGreaterThan(0);
    expect(state?.costs?.perImageMs).toBeGreaterThan(0);
    expect(state?.costs?.publishMs).toBeGreaterThan(0);
    expect(state?.reason).toMatch(/^the goal is met; /);
  });

  it('reports the goal in the metrics', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(linesOf(text, 'stream_infer_latency_goal_seconds')).toEqual([
      'stream_infer_latency_goal_seconds 20',
    ]);
    expect(linesOf(text, 'stream_infer_latency_goal_met')).toEqual(['stream_infer_latency_goal_met 1']);
  });
});
