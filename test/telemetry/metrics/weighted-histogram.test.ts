import { Registry } from 'prom-client';
import { WeightedHistogram } from '../../../src/telemetry/metrics/weighted-histogram';

function createHistogram(): { histogram: WeightedHistogram; text: () => Promise<string> } {
  const histogram = new WeightedHistogram({ name: 'waits_seconds', help: 'Waits.', buckets: [0.1, 1, 10] });
  const registry = new Registry();
  registry.registerMetric(histogram.toMetric());
  return { histogram, text: async () => await registry.metrics() };
}

describe('a weighted histogram', () => {
  it('is exposed as any other, with cumulative buckets', async () => {
    const { histogram, text } = createHistogram();
    histogram.observe(0.05);
    histogram.observe(5, 3);
    histogram.observe(0.1);
    histogram.observe(100);
    expect(await text()).toBe(
      [
        '# HELP waits_seconds Waits.',
        '# TYPE waits_seconds histogram',
        'waits_seconds_bucket{le="0.1"} 2',
        'waits_seconds_bucket{le="1"} 2',
        'waits_seconds_bucket{le="10"} 5',
        'waits_seconds_bucket{le="+Inf"} 6',
        'waits_seconds_sum 115.15',
        'waits_seconds_count 6',
        '',
      ].join('\n'),
    );
  });

  it('counts nothing twice, in whatever order values come', async () => {
    const { histogram } = createHistogram();
    const values = [0.01, 50, 0.5, 0.1, 2, 1, 10, 10.1, 0];
    for (const value of values) histogram.observe(value);
    const counts = new Map((await histogram.get()).values.map(({ labels, value }) => [labels.le, value]));
    expect(counts.get('+Inf')).toBe(values.length);
    expect(counts.get(0.1)).toBe(3);
    expect(counts.get(1)).toBe(5);
    expect(counts.get(10)).toBe(7);
  });

  it('restarts after a reset', async () => {
    const { histogram } = createHistogram();
    histogram.observe(1);
    histogram.reset();
    expect((await histogram.get()).values.every(({ value }) => value === 0)).toBe(true);
  });
});
