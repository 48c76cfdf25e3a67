// What can be compared. A row measures all its sides in each run, so that a machine that slows down slows all of them
// down; `measure` gives the figures of one run, `lines` what is shown of the runs.

const MIB = 2 ** 20;

/** By name. `once`: in the first run only. */
export const ROWS = {
  throughput: {
    title: ({ count }) => `As fast as it can, ${count} images`,
    async measure(tools) {
      const { count } = tools.options;
      // As the peer computes; the row int8 has both.
      const flags = ['--parts', 'ceiling,throughput', '--precision', 'fp32'];
      const bench = await tools.bench(...flags, '--count', count);
      const batched = await tools.peer({ count, batch: 256, precision: 'fp32' });
      const single = await tools.peer({ count: Math.ceil(count / 10), batch: 1, precision: 'fp32' });
      return { bench, batched, single };
    },
    lines: () => [
      figure('stream-infer, end to end', ({ bench }) => bench.throughput.imagesPerSecond, 'images/s'),
      figure('inference alone', ({ bench }) => bench.ceiling, 'images/s'),
      figure('Python, batches of 256, 2 threads', ({ batched }) => batched, 'images/s'),
      figure('Python, one message at a time', ({ single }) => single, 'images/s'),
      ratio('stream-infer / inference alone', ({ bench }) => bench.throughput.ofCeiling),
      ratio('stream-infer / Python batched', (run) => run.bench.throughput.imagesPerSecond / run.batched),
      ratio(
        'stream-infer / Python one at a time',
        (run) => run.bench.throughput.imagesPerSecond / run.single,
      ),
      ...cpuLines(({ bench }) => bench.throughput.cpu),
      figure('memory at most', ({ bench }) => bench.throughput.memory?.peak / MIB, 'MiB'),
      figure('HTTP probe p99 meanwhile', ({ bench }) => bench.throughput.probe.p99, 'ms', 1),
      ...countLines(({ bench }) => bench.throughput),
    ],
  },

  int8: {
    title: ({ count }) => `In 8-bit integers, ${count} images`,
    async measure(tools) {
      const { count } = tools.options;
      const flags = ['--parts', 'ceiling,throughput', '--count', count, '--precision'];
      const fp32 = await tools.bench(...flags, 'fp32');
      const int8 = await tools.bench(...flags, 'int8');
      const batched = await tools.peer({ count, batch: 256, precision: 'int8' });
      const batchedFp32 = await tools.peer({ count, batch: 256, precision: 'fp32' });
      return { fp32, int8, batched, batchedFp32 };
    },
    lines: () => [
      figure('stream-infer int8, end to end', ({ int8 }) => int8.throughput.imagesPerSecond, 'images/s'),
      figure('inference alone, int8', ({ int8 }) => int8.ceiling, 'images/s'),
      figure('Python int8, batches of 256', ({ batched }) => batched, 'images/s'),
      ratio(
        'int8 / fp32, end to end',
        ({ int8, fp32 }) => int8.throughput.imagesPerSecond / fp32.throughput.imagesPerSecond,
      ),
      ratio('int8 / fp32, inference alone', ({ int8, fp32 }) => int8.ceiling / fp32.ceiling),
      ratio('stream-infer / Python batched', (run) => run.int8.throughput.imagesPerSecond / run.batched),
      ratio(
        'stream-infer int8 / Python batched fp32',
        (run) => run.int8.throughput.imagesPerSecond / run.batchedFp32,
      ),
      figure('accuracy, int8', ({ int8 }) => int8.throughput.accuracy * 100, '%', 2),
      ...countLines(({ int8 }) => int8.throughput),
    ],
  },

  latency: {
    title: ({ rate, seconds }) => `Latency at ${rate} images/s for ${seconds} s`,
    async measure(tools) {
      const { rate, seconds } = tools.options;
      const bench = await tools.bench('--parts', 'latency', '--latency-rate', rate, '--seconds', seconds);
      return { bench };
    },
    lines: () => [
      ...latencyLines('latency', ({ bench }) => bench.latency),
      ...['broker', 'queue', 'inference', 'publish'].map((stage) =>
        figure(`${stage}, mean`, ({ bench }) => bench.latency.stages[stage].mean, 'ms', 1),
      ),
      figure('load sent late, p99', ({ bench }) => bench.latency.sentLate.p99, 'ms', 1),
      ...cpuLines(({ bench }) => bench.latency.cpu),
      ...countLines(({ bench }) => bench.latency),
    ],
  },

  memory: {
    title: ({ memory }) => `Memory over ${memory} images`,
    /** It takes as long as it takes. */
    once: true,
    async measure(tools) {
      return { bench: await tools.bench('--parts', 'throughput', '--count', tools.options.memory) };
    },
    lines: () => [
      figure('memory at most', ({ bench }) => bench.throughput.memory?.peak / MIB, 'MiB'),
      figure('growth in the second half', ({ bench }) => bench.throughput.memory?.slope / MIB, 'MiB/s', 3),
      figure('end to end', ({ bench }) => bench.throughput.imagesPerSecond, 'images/s'),
      ...countLines(({ bench }) => bench.throughput),
    ],
  },

  'scale-out': {
    title: ({ count }) => `Two processes with one worker each, 8 partitions, ${count} images`,
    async measure(tools) {
      const flags = ['--parts', 'throughput', '--count', tools.options.count, '--partitions', 8];
      const two = await tools.bench(...flags, '--processes', 2, '--workers', 1);
      const one = await tools.bench(...flags, '--processes', 1, '--workers', 2);
      return { two, one };
    },
    lines: () => [
      figure('2 processes × 1 worker', ({ two }) => two.throughput.imagesPerSecond, 'images/s'),
      figure('1 process × 2 workers', ({ one }) => one.throughput.imagesPerSecond, 'images/s'),
      ratio(
        '2 processes / 1 process',
        ({ two, one }) => two.throughput.imagesPerSecond / one.throughput.imagesPerSecond,
      ),
      figure('memory at most, 2 processes', ({ two }) => two.throughput.memory?.peak / MIB, 'MiB'),
      figure('memory at most, 1 process', ({ one }) => one.throughput.memory?.peak / MIB, 'MiB'),
      ...countLines(({ two, one }) => ({
        lost: two.throughput.lost + one.throughput.lost,
        duplicates: two.throughput.duplicates + one.throughput.duplicates,
      })),
    ],
  },

  batcher: {
    title: ({ batcherRates: [low, middle] }) =>
      `Batches: at ${low} and ${middle} images/s, and as fast as it can`,
    async measure(tools) {
      const { count, seconds, batcherRates, batcherSizes } = tools.options;
      const run = {};
      for (const size of ['default', ...batcherSizes]) {
        const flags = size === 'default' ? [] : ['--max-batch', size];
        run[`${size} as fast as it can`] = await tools.bench(
          '--parts',
          'throughput',
          '--count',
          count,
          ...flags,
        );
        for (const rate of batcherRates) {
          const paced = ['--parts', 'latency', '--latency-rate', rate, '--seconds', seconds];
          run[`${size} at ${rate}`] = await tools.bench(...paced, ...flags);
        }
      }
      return run;
    },
    lines: ({ batcherRates, batcherSizes }) =>
      ['default', ...batcherSizes].flatMap((size) => {
        const name = size === 'default' ? 'default' : `--max-batch ${size}`;
        const latencyAt = (rate) => (run) => run[`${size} at ${rate}`].latency;
        return [
          figure(
            `${name}, as fast as it can`,
            (run) => run[`${size} as fast as it can`].throughput.imagesPerSecond,
            'images/s',
          ),
          ...batcherRates.flatMap((rate) => latencyLines(`${name}, ${rate}/s`, latencyAt(rate))),
        ];
      }),
  },

  crayfish: {
    title: ({ count }) => `Crayfish's task: FFNN of 28K parameters, JSON events, ${count} images`,
    async measure(tools) {
      const flags = ['--profile', 'crayfish', '--parts', 'throughput', '--count', tools.options.count];
      const single = await tools.bench(...flags, '--max-batch', 1);
      const batched = await tools.bench(...flags);
      return { single, batched };
    },
    lines: () => [
      figure('batches of 1', ({ single }) => single.throughput.imagesPerSecond, 'events/s'),
      figure('default', ({ batched }) => batched.throughput.imagesPerSecond, 'events/s'),
      ratio(
        'default / batches of 1',
        ({ single, batched }) => batched.throughput.imagesPerSecond / single.throughput.imagesPerSecond,
      ),
      ...cpuLines(({ batched }) => batched.throughput.cpu),
      ...countLines(({ single }) => single.throughput),
    ],
  },
};

/** Images without a prediction in one run, whatever its sides are. */
export function lostIn(run) {
  const parts = Object.values(run).flatMap((side) => [side?.throughput, side?.latency]);
  return parts.reduce((sum, part) => sum + (part?.lost ?? 0), 0);
}

/** `pick` may find nothing, where a figure is not available. */
function figure(name, pick, unit, digits = 0) {
  return { name, pick: (run) => pick(run) ?? NaN, unit, digits };
}

function ratio(name, pick) {
  return figure(name, pick, '', 2);
}

function latencyLines(name, pick) {
  return ['p50', 'p99'].map((quantile) =>
    figure(`${name} ${quantile}`, (run) => pick(run).total[quantile], 'ms', 1),
  );
}

function cpuLines(pick) {
  return ['total', 'main', 'workers', 'librdkafka', 'other'].map((part) =>
    figure(`CPU an image, ${part}`, (run) => pick(run)?.[part], 'µs', 1),
  );
}

function countLines(pick) {
  return [
    figure('lost', (run) => pick(run).lost, 'images'),
    figure('duplicates', (run) => pick(run).duplicates, 'images'),
  ];
}
