import type { BenchReport } from '../../src/bench/bench';
import type { SweepReport } from '../../src/bench/sweep';
import { cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

jest.setTimeout(300_000);

const number = expect.any(Number) as number;
const quantiles = { p50: number, p95: number, p99: number };
const distribution = { ...quantiles, mean: number };
const cpu = { main: number, workers: number, librdkafka: number, other: number, total: number };
const orUnknown = (value: object) => (process.platform === 'linux' ? value : null);

/** Runs bench; stdout is its report. */
async function bench<T = BenchReport>(flags: string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { code, stdout, stderr } = await cli(['bench', ...flags, '--json'], env);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

function expectWholeReport(report: BenchReport, load: 'backlog' | 'window', count: number): void {
  expect(report.throughput).toEqual({
    images: count,
    imagesPerSecond: number,
    counted: number,
    ofCeiling: number,
    load,
    lost: 0,
    duplicates: 0,
    deadLetters: 0,
    accuracy: number,
    cpu: report.throughput?.cpu === null ? null : cpu,
    brokerCpu: report.throughput?.brokerCpu === null ? null : number,
    memory: orUnknown({ peak: number, slope: report.throughput?.memory?.slope ?? null }),
    probe: { ...quantiles, failures: 0 },
  });
  expect(report.throughput?.accuracy).toBeGreaterThan(0.8);
  expect(report.latency).toEqual({
    rate: 100,
    seconds: 2,
    warmUpSeconds: 0.4,
    neighbours: 0,
    images: 240,
    lost: 0,
    duplicates: 0,
    total: distribution,
    stages: { broker: distribution, queue: distribution, inference: distribution, publish: distribution },
    sentLate: distribution,
    cpu: orUnknown(cpu),
  });
}

const LOAD = ['--warm-up', '1000', '--count', '3000'];
const SHORT = ['--latency-rate', '100', '--seconds', '2'];

/** Of a broker on this machine. */
function expectFloor(floor: BenchReport['floor']): void {
  expect(floor).toEqual({
    client: cpu,
    broker: number,
    messagesPerSecond: number,
    messages: number,
    inference: number,
    cores: number,
    imagesPerSecond: number,
    share: number,
  });
  expect(floor?.client?.workers).toBe(0);
  expect(floor?.share).toBeGreaterThan(0);
}

describe('stream-infer bench', () => {
  it('measures the program on the memory broker without losses', async () => {
    const report = await bench(['--broker', 'memory', ...LOAD, ...SHORT]);
    expect(report).toMatchObject({
      profile: 'cnn',
      broker: 'memory',
      delivery: 'at-least-once',
      model: { name: 'fashion-mnist', precision: expect.stringMatching(/^(fp32|int8)$/) as string },
      processes: 1,
      partitions: 4,
      workers: number,
      maxBatch: number,
      ceiling: number,
      floor: null,
      floorUnknown: 'the floor needs a real Kafka',
    });
    expectWholeReport(report, 'window', 4_000);
  });

  it("measures Crayfish's task, with its own model", async () => {
    const flags = ['--profile', 'crayfish', '--count', '900', '--warm-up', '100', '--parts', 'throughput'];
    const report = await bench(['--broker', 'memory', ...flags]);
    expect(report).toMatchObject({ profile: 'crayfish', ceiling: null, latency: null });
    expect(report.model.name).toBe('crayfish-ffnn');
    expect(report.throughput).toMatchObject({ images: 1_000, lost: 0, deadLetters: 0, accuracy: null });
  });

  it('exits with code 1 and reports it when an image has no prediction', async () => {
    const flags = [
      '--broker',
      'memory',
      '--count',
      '40',
      '--warm-up',
      '10',
      '--parts',
      'throughput',
      '--json',
    ];
    const refusing = { STREAM_INFER_INFERENCE_MAX_IMAGE_BYTES: '100' };
    const { code, stdout, stderr } = await cli(['bench', ...flags], refusing);
    expect(code).toBe(1);
    expect(stderr).toContain('50 images have no prediction');
    expect(JSON.parse(stdout)).toMatchObject({ throughput: { lost: 50, deadLetters: 50 } });
  });

  it('suggests settings with their figures', async () => {
    const report = await bench<SweepReport>([
      '--broker',
      'memory',
      '--suggest',
      '--count',
      '900',
      '--warm-up',
      '100',
    ]);
    expect(report.ceilings.length).toBeGreaterThanOrEqual(7);
    expect(report.endToEnd).toContainEqual(expect.objectContaining({ ...report.suggestion, lost: 0 }));
  });

  it.each([
    [['--broker', 'memory', '--processes', '2'], 'the memory broker lives inside one process'],
    [['--broker', 'memory', '--embedded'], 'only Kafka can be embedded'],
    [['--broker', 'memory', '--partitions', '8'], 'this broker always has 4 partitions'],
    [['--broker', 'memory', '--profile', 'crayfish', '--model', 'fashion-mnist'], 'has its own model'],
    [['--broker', 'memory', '--parts', 'speed'], 'It must be of ceiling,throughput,floor,latency'],
    [['--broker', 'memory', '--parts', 'throughput,floor'], 'the floor needs a real Kafka'],
    [['--broker', 'kafka', '--parts', 'floor'], 'the floor needs the throughput'],
  ])('refuses %j', async (flags, reason) => {
    const { code, stderr } = await cli(['bench', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });
});

describeWith(['kafka-addon'], 'stream-infer bench --embedded', () => {
  it('measures the program over the Kafka protocol without losses', async () => {
    const report = await bench(['--broker', 'kafka', '--embedded', ...LOAD, ...SHORT]);
    expect(report.broker).toBe('kafka, embedded');
    expectWholeReport(report, 'window', 4_000);
  });
});

describeWith(['java', 'maven', 'kafka-addon'], 'stream-infer bench --broker kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());

  it('measures several processes on a backlog, ignoring a token and an instance id in the environment', async () => {
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    const group = ['--processes', '2', '--workers', '1', '--partitions', '8'];
    // Enough images for both processes to share the work, and for a measurable native run at 100,000/s.
    const report = await bench([...broker, ...group, '--warm-up', '5000', '--count', '115000', ...SHORT], {
      STREAM_INFER_HTTP_TOKEN: 'choose-a-long-one',
      STREAM_INFER_INSTANCE_ID: 'the-only-one',
    });
    expect(report).toMatchObject({ processes: 2, partitions: 8, workers: 1 });
    expectWholeReport(report, 'backlog', 120_000);
    if (process.platform === 'linux') expectFloor(report.floor);
  });
});
