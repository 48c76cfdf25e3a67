// The rows of the comparison. Each run measures all sides of a row, so that a slow machine affects all of them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The best batch size of each peer. */
const PYTHON_BATCH = 256;
const STREAMS_BATCH = 128;
const MIB = 2 ** 20;

/**
 * Rows by name. `sides` returns the measurements of one run, called in sequence; `lines` returns the printed
 * figures. `once`: in the first run only. `withPeers`: includes other programs.
 */
export const ROWS = {
  throughput: {
    title: ({ load }) => `Full speed in fp32, ${load.count} images after ${load.warmUp}`,
    withPeers: true,
    sides: ({ bench, peer, options: { load } }) => ({
      bench: () => bench('--parts', 'ceiling,throughput,floor', ...loadFlags(load), '--precision', 'fp32'),
      batched: () => peer({ name: 'python', batch: PYTHON_BATCH, precision: 'fp32' }),
      single: () => peer({ name: 'python', batch: 1, precision: 'fp32', share: 0.1 }),
      streams: () => peer({ name: 'kafka-streams', batch: STREAMS_BATCH, precision: 'fp32' }),
      streamsSingle: () => peer({ name: 'kafka-streams', batch: 1, precision: 'fp32', share: 0.5 }),
    }),
    lines: () => [
      rateLine('stream-infer, end to end', ({ bench }) => bench.throughput),
      figure('share of the floor', ({ bench }) => bench.floor?.share, '', 2),
      figure('floor', ({ bench }) => bench.floor?.imagesPerSecond, 'images/s'),
      figure('inference alone', ({ bench }) => bench.ceiling, 'images/s'),
      rateLine('Python, batches of 256, 2 threads', ({ batched }) => batched),
      rateLine('Python, one message at a time', ({ single }) => single),
      rateLine('Kafka Streams, batches of 128', ({ streams }) => streams),
      rateLine('Kafka Streams, one at a time', ({ streamsSingle }) => streamsSingle),
      ratio('stream-infer / inference alone', ({ bench }) => bench.throughput.ofCeiling),
      against('Python batched', 'bench', 'batched'),
      against('Python one at a time', 'bench', 'single'),
      against('Kafka Streams, batches', 'bench', 'streams'),
      against('Kafka Streams, one at a time', 'bench', 'streamsSingle'),
      ...cpuLines(({ bench }) => bench.throughput.cpu),
      figure('CPU per image, broker', ({ bench }) => bench.throughput.brokerCpu, 'µs', 1),
      figure('floor: consume and produce', ({ bench }) => bench.floor?.client?.total, 'µs', 1),
      figure('floor: inference', ({ bench }) => bench.floor?.inference, 'µs', 1),
      figure('floor: broker', ({ bench }) => bench.floor?.broker, 'µs', 1),
      figure('CPU per image, Python batched', ({ batched }) => batched?.cpu, 'µs', 1),
      figure('CPU per image, Kafka Streams', ({ streams }) => streams?.cpu, 'µs', 1),
      figure('peak memory', ({ bench }) => bench.throughput.memory?.peak / MIB, 'MiB'),
      figure('HTTP probe p99 under load', ({ bench }) => bench.throughput.probe.p99, 'ms', 1),
      ...countLines(({ bench }) => bench.throughput),
    ],
  },

  int8: {
    title: ({ load }) => `Full speed in int8, ${load.count} images after ${load.warmUp}`,
    withPeers: true,
    sides: ({ bench, peer, options: { load } }) => {
      const flags = ['--parts', 'ceiling,throughput,floor', ...loadFlags(load), '--precision'];
      return {
        fp32: () => bench(...flags, 'fp32'),
        int8: () => bench(...flags, 'int8'),
        batched: () => peer({ name: 'python', batch: PYTHON_BATCH, precision: 'int8' }),
        batchedFp32: () => peer({ name: 'python', batch: PYTHON_BATCH, precision: 'fp32' }),
        streams: () => peer({ name: 'kafka-streams', batch: STREAMS_BATCH, precision: 'int8' }),
      };
    },
    lines: () => [
      rateLine('stream-infer int8, end to end', ({ int8 }) => int8.throughput),
      figure('share of the floor, int8', ({ int8 }) => int8.floor?.share, '', 2),
      figure('inference alone, int8', ({ int8 }) => int8.ceiling, 'images/s'),
      rateLine('Python int8, batches of 256', ({ batched }) => batched),
      rateLine('Kafka Streams int8, batches of 128', ({ streams }) => streams),
      ratio('int8 / fp32, end to end', ({ int8, fp32 }) => quotient(int8.throughput, fp32.throughput)),
      ratio('int8 / fp32, inference alone', ({ int8, fp32 }) => int8.ceiling / fp32.ceiling),
      against('Python batched int8', 'int8', 'batched'),
      against('Python batched fp32', 'int8', 'batchedFp32'),
      against('Kafka Streams int8', 'int8', 'streams'),
      figure('accuracy, int8', ({ int8 }) => int8.throughput.accuracy * 100, '%', 2),
      ...countLines(({ int8 }) => int8.throughput),
    ],
  },

  auto: {
    title: ({ load }) => `Full speed in the default precision, ${load.count} images after ${load.warmUp}`,
    withPeers: true,
    sides: ({ bench, peer, options: { load } }) => ({
      auto: () => bench('--parts', 'ceiling,throughput,floor', ...loadFlags(load)),
      fp32: () => bench('--parts', 'throughput', ...loadFlags(load), '--precision', 'fp32'),
      batched: () => peer({ name: 'python', batch: PYTHON_BATCH, precision: 'fp32' }),
      streams: () => peer({ name: 'kafka-streams', batch: STREAMS_BATCH, precision: 'fp32' }),
    }),
    lines: () => [
      rateLine('default precision, end to end', ({ auto }) => auto.throughput),
      figure('share of the floor', ({ auto }) => auto.floor?.share, '', 2),
      ratio('default / fp32, end to end', ({ auto, fp32 }) => quotient(auto.throughput, fp32.throughput)),
      against('Python batched fp32', 'auto', 'batched'),
      against('Kafka Streams fp32', 'auto', 'streams'),
      figure('accuracy', ({ auto }) => auto.throughput.accuracy * 100, '%', 2),
      ...countLines(({ auto }) => auto.throughput),
    ],
  },

  'exactly-once': {
    title: ({ load }) => `Exactly-once against at-least-once, ${load.count} images after ${load.warmUp}`,
    sides: ({ bench, options: { load } }) => {
      const flags = ['--parts', 'throughput', ...loadFlags(load), '--delivery'];
      return { once: () => bench(...flags, 'exactly-once'), least: () => bench(...flags, 'at-least-once') };
    },
    lines: () => [
      rateLine('exactly-once', ({ once }) => once.throughput),
      rateLine('at-least-once', ({ least }) => least.throughput),
      ratio('exactly-once / at-least-once', ({ once, least }) => quotient(once.throughput, least.throughput)),
      ...cpuLines(({ once }) => once.throughput.cpu),
      ...countLines(({ once }) => once.throughput),
    ],
  },

  store: {
    title: ({ load }) => `With and without the results store, ${load.count} images after ${load.warmUp}`,
    sides: ({ bench, folder, options: { load } }) => {
      const flags = ['--parts', 'throughput', ...loadFlags(load), '--config'];
      return {
        store: () =>
          bench(
            ...flags,
            storeConfig(folder, (own) => join(own, 'predictions.db')),
          ),
        none: () =>
          bench(
            ...flags,
            storeConfig(folder, () => 'none'),
          ),
      };
    },
    lines: () => [
      rateLine('with a store', ({ store }) => store.throughput),
      rateLine('--store none', ({ none }) => none.throughput),
      ratio('with a store / without', ({ store, none }) => quotient(store.throughput, none.throughput)),
      figure('peak memory, with', ({ store }) => store.throughput.memory?.peak / MIB, 'MiB'),
      figure('peak memory, without', ({ none }) => none.throughput.memory?.peak / MIB, 'MiB'),
      ...cpuLines(({ store }) => store.throughput.cpu),
      ...countLines(({ store }) => store.throughput),
    ],
  },

  latency: {
    title: ({ rate, seconds }) => `Latency at ${rate} images/s for ${seconds} s`,
    sides: ({ bench, options }) => ({ bench: () => bench(...latencyFlags(options)) }),
    lines: () => [
      ...latencyLines('latency', ({ bench }) => bench.latency),
      ...stageLines(({ bench }) => bench.latency),
      figure('load sent late, p99', ({ bench }) => bench.latency.sentLate.p99, 'ms', 1),
      ...cpuLines(({ bench }) => bench.latency.cpu),
      ...countLines(({ bench }) => bench.latency),
    ],
  },

  neighbours: {
    title: ({ rate, seconds, neighbours }) =>
      `Latency at ${rate} images/s for ${seconds} s, with ${neighbours} busy processes`,
    sides: ({ bench, options }) => ({
      quiet: () => bench(...latencyFlags(options)),
      busy: () => bench(...latencyFlags(options), '--neighbours', options.neighbours),
    }),
    lines: () => [
      ...latencyLines('alone', ({ quiet }) => quiet.latency),
      ...latencyLines('with busy processes', ({ busy }) => busy.latency),
      ...stageLines(({ busy }) => busy.latency),
      ...countLines(({ busy }) => busy.latency),
    ],
  },

  memory: {
    title: ({ memory }) => `Memory over ${memory} images`,
    /** This row takes long. */
    once: true,
    sides: ({ bench, options }) => ({
      bench: () => bench('--parts', 'throughput', '--count', options.memory),
    }),
    lines: () => [
      figure('peak memory', ({ bench }) => bench.throughput.memory?.peak / MIB, 'MiB'),
      figure('growth in the second half', ({ bench }) => bench.throughput.memory?.slope / MIB, 'MiB/s', 3),
      figure(
        'growth per million images',
        ({ bench: { throughput } }) => ((throughput.memory?.slope / MIB) * 1e6) / throughput.imagesPerSecond,
        'MiB',
        1,
      ),
      rateLine('end to end', ({ bench }) => bench.throughput),
      ...countLines(({ bench }) => bench.throughput),
    ],
  },

  'scale-out': {
    title: ({ load }) => `Two processes with one worker each, 8 partitions, ${load.count} images`,
    sides: ({ bench, options: { load } }) => {
      const flags = ['--parts', 'throughput', ...loadFlags(load), '--partitions', 8];
      return {
        two: () => bench(...flags, '--processes', 2, '--workers', 1),
        one: () => bench(...flags, '--processes', 1, '--workers', 2),
      };
    },
    lines: () => [
      rateLine('2 processes × 1 worker', ({ two }) => two.throughput),
      rateLine('1 process × 2 workers', ({ one }) => one.throughput),
      ratio('2 processes / 1 process', ({ two, one }) => quotient(two.throughput, one.throughput)),
      figure('peak memory, 2 processes', ({ two }) => two.throughput.memory?.peak / MIB, 'MiB'),
      figure('peak memory, 1 process', ({ one }) => one.throughput.memory?.peak / MIB, 'MiB'),
      ...countLines(({ two, one }) => ({
        lost: two.throughput.lost + one.throughput.lost,
        duplicates: two.throughput.duplicates + one.throughput.duplicates,
      })),
    ],
  },

  batcher: {
    title: ({ batcherRates: [low, middle] }) =>
      `Batches: at ${low} and ${middle} images/s, and at full speed`,
    sides: ({ bench, options: { load, seconds, batcherRates, batcherSizes } }) =>
      Object.fromEntries(
        ['default', ...batcherSizes].flatMap((size) => {
          const flags = size === 'default' ? [] : ['--max-batch', size];
          const fast = () => bench('--parts', 'throughput', ...loadFlags(load), ...flags);
          const at = (rate) => () => bench(...latencyFlags({ rate, seconds }), ...flags);
          return [
            [`${size} at full speed`, fast],
            ...batcherRates.map((rate) => [`${size} at ${rate}`, at(rate)]),
          ];
        }),
      ),
    lines: ({ batcherRates, batcherSizes }) =>
      ['default', ...batcherSizes].flatMap((size) => {
        const name = size === 'default' ? 'default' : `--max-batch ${size}`;
        const latencyAt = (rate) => (run) => run[`${size} at ${rate}`].latency;
        return [
          rateLine(`${name}, full speed`, (run) => run[`${size} at full speed`].throughput),
          ...batcherRates.flatMap((rate) => latencyLines(`${name}, ${rate}/s`, latencyAt(rate))),
        ];
      }),
  },

  crayfish: {
    title: ({ load }) => `Crayfish's task: FFNN of 28K parameters, JSON events, ${load.count} images`,
    sides: ({ bench, options: { load } }) => {
      const flags = ['--profile', 'crayfish', '--parts', 'throughput', ...loadFlags(load)];
      return { single: () => bench(...flags, '--max-batch', 1), batched: () => bench(...flags) };
    },
    lines: () => [
      figure('batches of 1', ({ single }) => single.throughput.imagesPerSecond, 'events/s'),
      figure('default', ({ batched }) => batched.throughput.imagesPerSecond, 'events/s'),
      ratio('default / batches of 1', ({ single, batched }) =>
        quotient(batched.throughput, single.throughput),
      ),
      ...cpuLines(({ batched }) => batched.throughput.cpu),
      ...countLines(({ single }) => single.throughput),
    ],
  },
};

/** Images without a prediction in all sides of a run. */
export function lostIn(run) {
  const parts = Object.values(run).flatMap((side) => [side, side?.throughput, side?.latency]);
  return parts.reduce((sum, part) => sum + (part?.lost ?? 0), 0);
}

/** `pick` returns undefined if a figure is not available. */
function figure(name, pick, unit, digits = 0) {
  return { name, pick: (run) => pick(run) ?? NaN, unit, digits };
}

function ratio(name, pick) {
  return figure(name, pick, '', 2);
}

function rateLine(name, pick) {
  return figure(name, (run) => pick(run)?.imagesPerSecond, 'images/s');
}

/** Speed relative to a peer, which may not run on this machine. */
function against(name, side, peer) {
  return ratio(`vs ${name}`, (run) => quotient(run[side].throughput, run[peer]));
}

/** Quotient of two rates; JSON has null for runs that are too short. */
function quotient(one, other) {
  return (one.imagesPerSecond ?? NaN) / (other?.imagesPerSecond ?? NaN);
}

function loadFlags({ warmUp, count }) {
  return ['--warm-up', warmUp, '--count', count];
}

/** Writes a configuration file, since bench has no flag for the store; each run has its own store. */
function storeConfig(folder, path) {
  const own = mkdtempSync(join(folder, 'store-'));
  const file = join(own, 'config.json');
  writeFileSync(file, JSON.stringify({ store: { path: path(own) } }));
  return file;
}

function latencyFlags({ rate, seconds }) {
  return ['--parts', 'latency', '--latency-rate', rate, '--seconds', seconds];
}

function stageLines(pick) {
  return ['broker', 'queue', 'inference', 'publish'].flatMap((stage) => [
    figure(`${stage}, mean`, (run) => pick(run).stages[stage].mean, 'ms', 1),
    ...['p50', 'p99'].map((quantile) =>
      figure(`${stage} ${quantile}`, (run) => pick(run).stages[stage][quantile], 'ms', 1),
    ),
  ]);
}

function latencyLines(name, pick) {
  return ['p50', 'p99'].map((quantile) =>
    figure(`${name} ${quantile}`, (run) => pick(run).total[quantile], 'ms', 1),
  );
}

function cpuLines(pick) {
  return ['total', 'main', 'workers', 'librdkafka', 'other'].map((part) =>
    figure(`CPU per image, ${part}`, (run) => pick(run)?.[part], 'µs', 1),
  );
}

function countLines(pick) {
  return [
    figure('lost', (run) => pick(run).lost, 'images'),
    figure('duplicates', (run) => pick(run).duplicates, 'images'),
  ];
}
