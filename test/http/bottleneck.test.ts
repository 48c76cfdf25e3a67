import { findBottleneck } from '../../src/http/bottleneck';
import { toStatsFrame } from '../../src/http/frames';
import type { StatsFrame } from '../../src/http/schemas/stats';
import { createFakeServices } from '../helpers/services';

type Stats = Omit<StatsFrame, 'bottleneck'>;

const services = createFakeServices();
const idle: Stats = toStatsFrame(services, services.lag());
const ready = { ...idle, health: { ...idle.health, ready: true, reasons: [] } };
const running: Stats = {
  ...ready,
  rate: { last1s: 1_000, last60s: 1_000 },
  activity: { ...ready.activity, inFlight: 10, workerUtilization: 0.3, eventLoopDelayMs: 2 },
};

function headlineOf(change: Partial<Stats>, lag: number | null = 0): string {
  return findBottleneck({ stats: { ...running, ...change }, lag }).headline;
}

describe('the bottleneck', () => {
  it('is none without a backlog', () => {
    expect(findBottleneck({ stats: running, lag: 0 })).toEqual({
      tone: 'good',
      headline: 'Keeping up',
      detail: 'No backlog; workers 30% busy.',
    });
  });

  it('is inference while the workers are busy, and never rounded up to 100%', () => {
    const activity = { ...running.activity, workerUtilization: 0.999 };
    const found = findBottleneck({ stats: { ...running, activity }, lag: 5_000 });
    expect(found).toMatchObject({ tone: 'busy', headline: 'Inference is the bottleneck' });
    expect(found.detail).toBe('Workers 99% busy. Add workers or processes to go faster.');
  });

  it('is the main thread, publishing or reading where messages wait for them', () => {
    const activity = { ...running.activity, eventLoopDelayMs: 60 };
    expect(headlineOf({ activity })).toBe('The main thread is the bottleneck');
    const stage = (p50: number) => ({ p50, p95: p50, p99: p50 });
    const latency = { queue: stage(1), inference: stage(2), publish: stage(900), total: stage(903) };
    expect(headlineOf({ latency }, 5_000)).toBe('Publishing is the bottleneck');
    expect(headlineOf({ latency: { ...latency, publish: stage(1) } }, 5_000)).toBe(
      'Reading is the bottleneck',
    );
  });

  it('says nothing about a backlog that is unknown', () => {
    expect(findBottleneck({ stats: running, lag: null }).detail).toBe('Workers 30% busy.');
  });

  it('is whatever keeps the process from being ready', () => {
    const health = { ...ready.health, ready: false, reasons: ['The model is loading.'] };
    const found = findBottleneck({ stats: { ...running, health }, lag: 0 });
    expect(found).toEqual({ tone: 'bad', headline: 'Not ready', detail: 'The model is loading.' });
  });
});
