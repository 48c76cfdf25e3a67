import { cpuBetween, memoryUseOf } from '../../src/bench/resources';
import type { ThreadTime } from '../../src/bench/threads';

const mark = (at: number, times: Record<string, ThreadTime>) => ({
  at,
  times: new Map(Object.entries(times)),
});

describe('CPU time per message', () => {
  const before = mark(0, { '1/1': { part: 'main', ms: 100 }, '1/2': { part: 'workers', ms: 40 } });

  it('is reported by part, including threads that started or ended in between', () => {
    const after = mark(1_000, {
      '1/1': { part: 'main', ms: 300 },
      '1/2': { part: 'workers', ms: 40 },
      '1/3': { part: 'workers', ms: 500 },
      '1/4': { part: 'librdkafka', ms: 10 },
    });
    expect(cpuBetween(before, after, 1_000)).toEqual({
      main: 200,
      workers: 500,
      librdkafka: 10,
      other: 0,
      total: 710,
    });
  });

  it('is unknown without data, without messages, or for a short time', () => {
    expect(cpuBetween(mark(0, {}), mark(1_000, {}), 10)).toBeNull();
    expect(cpuBetween(before, mark(1_000, { '1/1': { part: 'main', ms: 101 } }), 0)).toBeNull();
    expect(cpuBetween(before, mark(20, { '1/1': { part: 'main', ms: 101 } }), 10)).toBeNull();
  });
});

describe('memory', () => {
  it('has a peak, and a slope over the second half', () => {
    const samples = Array.from({ length: 40 }, (_, i) => ({
      at: i * 250,
      bytes: i < 20 ? 1_000_000 - i * 50_000 : 500_000 + i * 250,
    }));
    const use = memoryUseOf(samples);
    expect(use?.peak).toBe(1_000_000);
    expect(use?.slope).toBeCloseTo(1_000);
  });

  it('has no slope in a short run', () => {
    expect(memoryUseOf([{ at: 0, bytes: 5 }])).toEqual({ peak: 5, slope: null });
  });

  it('is unknown without data', () => {
    expect(memoryUseOf([])).toBeNull();
  });
});
