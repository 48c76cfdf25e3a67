import type { BenchReport } from '../../src/bench/bench';
import type { LatencyReport } from '../../src/bench/latency';
import { renderBench, renderSweep } from '../../src/cli/bench-report';

const cpu = { main: 123.4, workers: 234.5, librdkafka: 34.5, other: 45.6, total: 438 };
const times = { mean: 12.3, p50: 10_123.4, p95: 20_123.4, p99: 30_123.4 };

const report: BenchReport = {
  profile: 'crayfish',
  images: { width: 28, height: 28, channels: 1, format: 'json', generated: false },
  broker: 'kafka, embedded',
  delivery: 'at-least-once',
  model: { name: 'fashion-mnist', version: 1, sha256: '', runtime: 'tfjs-wasm', precision: 'fp32' },
  processes: 2,
  partitions: 8,
  workers: 16,
  maxBatch: 4_096,
  ceiling: 123_456.7,
  throughput: {
    images: 1_000_000,
    counted: 900_000,
    imagesPerSecond: 98_765.4,
    ofCeiling: 0.8,
    load: 'backlog',
    lost: 1,
    duplicates: 12_345,
    deadLetters: 678,
    accuracy: 0.9183,
    cpu,
    brokerCpu: 123.4,
    memory: { peak: 512 * 2 ** 20, slope: -1_048_576 },
    probe: { p50: 1.2, p95: 3, p99: 123.4, failures: 12 },
  },
  floor: {
    client: cpu,
    broker: 123.4,
    messagesPerSecond: 123_456.7,
    messages: 1_000_000,
    inference: 123.4,
    cores: 128,
    imagesPerSecond: 1_234_567.8,
    share: 0.8,
  },
  latency: {
    rate: 48_000,
    seconds: 10,
    warmUpSeconds: 2,
    neighbours: 1,
    images: 576_000,
    lost: 0,
    duplicates: 0,
    total: times,
    stages: { broker: times, queue: times, inference: times, publish: times },
    sentLate: times,
    cpu: null,
  },
};

const sweep = {
  profile: 'cnn' as const,
  broker: 'kafka',
  cores: 128,
  ceilings: [1, 64, 127, 128].flatMap((workers) =>
    [1, 8, 16, 32, 64, 128, 256].map((maxBatch) => ({ workers, maxBatch, imagesPerSecond: 999_999 })),
  ),
  endToEnd: [
    { workers: 128, maxBatch: 256, imagesPerSecond: 345_678, lost: 0 },
    { workers: 64, maxBatch: 32, imagesPerSecond: 340_000, lost: 3 },
  ],
  suggestion: { workers: 64, maxBatch: 32, imagesPerSecond: 340_000 },
};

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('what bench prints', () => {
  it('fits 80 columns', () => {
    expect(widest(renderBench(report))).toBeLessThanOrEqual(80);
    expect(widest(renderSweep(sweep))).toBeLessThanOrEqual(80);
  });

  it('says that images are generated, or JPEG files', () => {
    const images = { width: 224, height: 192, channels: 3, format: 'jpeg', generated: true } as const;
    expect(renderBench({ ...report, images })).toContain('generated JPEG images of 224 × 192, RGB\n');
    const real = { ...report.images, format: 'jpeg', generated: false } as const;
    expect(renderBench({ ...report, images: real })).toContain('real JPEG images of 28 × 28, grey\n');
    expect(renderBench(report)).not.toContain(' images of ');
  });

  it('names every figure', () => {
    const text = renderBench(report);
    for (const part of ['98,765 images/s = 0.80', '1 lost, 12,345 duplicates', '91.83 %', 'librdkafka 34.5'])
      expect(text).toContain(part);
    expect(text).toMatch(/^ {2}share of the floor 0.80$/m);
    expect(text).toMatch(/^ {2}neighbours +1 busy$/m);
    for (const stage of ['broker', 'queue', 'inference', 'publish'])
      expect(text).toMatch(new RegExp(`^ {4}${stage} +12.3`, 'm'));
  });

  it('marks missing figures', () => {
    expect(renderBench(report)).toMatch(/CPU per image +not available/);
    const short = { ...report.throughput, imagesPerSecond: NaN, memory: null } as BenchReport['throughput'];
    const text = renderBench({ ...report, throughput: short, latency: null });
    expect(text).toMatch(/memory +not available/);
    expect(text).toContain('the run was too short');
  });

  it('says which part of the floor is missing, or why there is none', () => {
    const away = { ...report, floor: { ...report.floor, broker: null } } as BenchReport;
    expect(renderBench(away)).toMatch(/^ {2}broker +not measured: runs on another machine$/m);
    const none = renderBench({ ...report, floor: null, floorUnknown: 'the floor needs a real Kafka' });
    expect(none).toMatch(/^floor +not available: the floor needs a real Kafka$/m);
  });

  it('omits parts that were not measured', () => {
    const only = { ...report, ceiling: null, throughput: null, floor: null };
    expect(renderBench(only)).not.toContain('inference alone');
    expect(renderBench({ ...only, latency: null as LatencyReport | null }).split('\n')).toHaveLength(4);
  });

  it('gives the suggestion with the figures behind it', () => {
    const text = renderSweep(sweep);
    expect(text).toContain('suggestion: --workers 64 --max-batch 32');
    expect(text).toMatch(/--workers 128 --max-batch 256 +345,678 {2}as configured/);
    expect(text).toMatch(/340,000 {2}3 lost/);
  });
});
