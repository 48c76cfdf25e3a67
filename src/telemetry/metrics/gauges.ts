import { Counter, Gauge, type Registry } from 'prom-client';
import { DEFAULT_PLAN, scaleHint } from '../../core/scale';
import type { MessageSource, Outbox } from '../../core/ports';
import type { SkippedRecords } from '../../core/skipped-records';
import type { HttpServer } from '../../http/server';
import type { HttpServices } from '../../http/services';
import type { InferencePool } from '../../inference/pool';
import type { ResultsView } from '../../results/view';
import { PREFIX } from './prefix';

/** Resources that are created during the start; null before. */
interface ObservedResources {
  readonly http: Pick<HttpServer, 'liveFeed'> | null;
  readonly outbox: Pick<Outbox, 'stalled'> | null;
  readonly pipeline: { readonly oldestMs: number } | null;
  readonly pool: Pick<InferencePool, 'model' | 'unavailable'> | null;
  readonly source: Pick<MessageSource, 'errors' | 'repeatsSkipped'> | null;
  readonly skipped: Pick<SkippedRecords, 'counts'>;
}

export interface GaugeSources {
  readonly version: string;
  readonly resources: ObservedResources;
  readonly results: ResultsView;
  readonly services: Pick<
    HttpServices,
    'activity' | 'drift' | 'events' | 'health' | 'lag' | 'lagSeconds' | 'latencyGoal' | 'load' | 'resultCache'
  >;
}

/** Current values: read when the metrics are requested. */
export function registerGauges(registry: Registry, sources: GaugeSources): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    void new Gauge({
      name: PREFIX + name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  processGauges(gauge, sources);
  queueGauges(registry, gauge, sources);
  lagGauges(registry, gauge, sources);
  storeAndFeed(registry, gauge, sources);
  counters(registry, sources);
  driftGauge(registry, sources);
  goalGauges(gauge, sources);
  cacheMetrics(registry, gauge, sources);
  identities(registry, sources);
}

type AddGauge = (name: string, help: string, read: () => number) => void;

function processGauges(gauge: AddGauge, { resources, services }: GaugeSources): void {
  gauge('ready', '1 when the model is warm and the broker is connected.', () =>
    services.health().ready ? 1 : 0,
  );
  gauge('stalled', '1 while the broker is not confirming predictions and consumption is paused.', () =>
    resources.outbox?.stalled ? 1 : 0,
  );
  gauge('paused', '1 while an operator has paused the stream.', () =>
    services.health().paused === undefined ? 0 : 1,
  );
  gauge(
    'model_unavailable',
    '1 while a remote model or a classify function takes no images and consumption is paused.',
    () => ((resources.pool?.unavailable ?? null) === null ? 0 : 1),
  );
  gauge('workers', 'Worker threads.', () => services.activity().workers);
  gauge(
    'worker_utilization',
    'Share of the last second in which the workers were busy, 0 to 1.',
    () => services.activity().workerUtilization,
  );
  gauge(
    'event_loop_delay_seconds',
    '99th percentile of the last second.',
    () => services.activity().eventLoopDelayMs / 1000,
  );
}

function queueGauges(registry: Registry, gauge: AddGauge, { resources, services }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}queue_depth`,
    help: 'Images waiting for a worker.',
    labelNames: ['lane'],
    registers: [registry],
    collect() {
      for (const [lane, depth] of Object.entries(services.activity().queued)) this.set({ lane }, depth);
    },
  });
  gauge('inflight', 'Messages taken and not yet settled.', () => services.activity().inFlight);
  gauge('inflight_bytes', 'Bytes of the messages in flight.', () => services.activity().inFlightBytes);
  gauge(
    'batch_target',
    'Current target batch size, in images.',
    () => services.activity().batchTarget?.size ?? 0,
  );
  gauge(
    'oldest_unacked_seconds',
    'Age of the oldest unsettled message since it was received.',
    () => (resources.pipeline?.oldestMs ?? 0) / 1000,
  );
}

function lagGauges(registry: Registry, gauge: AddGauge, { services }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}consumer_lag`,
    help: 'Messages between the next one to settle and the end; absent where the broker does not report it.',
    labelNames: ['topic', 'partition'],
    registers: [registry],
    collect() {
      // Another process reports the partitions that were revoked.
      this.reset();
      for (const { topic, partition, messages } of services.lag())
        this.set({ topic, partition: String(partition ?? '') }, messages);
    },
  });
  gauge(
    'lag_seconds',
    'Age of the oldest unread message, in the partition that is furthest behind; NaN when unknown.',
    () => {
      const seconds = services.lag().flatMap((lag) => services.lagSeconds(lag) ?? []);
      return seconds.length === 0 ? NaN : Math.max(...seconds);
    },
  );
  gauge(
    'load_ratio',
    'Required processes for the share of this one: sum over all processes and round up. NaN when unknown.',
    () => scaleHint(services.load(), DEFAULT_PLAN).load ?? NaN,
  );
}

function storeAndFeed(registry: Registry, gauge: AddGauge, { resources, results }: GaugeSources): void {
  gauge('store_queue_depth', 'Predictions queued for the results store.', () => results.status().queued);
  gauge('store_usable', '0 while the results store is enabled but unavailable.', () =>
    results.status().alarm === null ? 1 : 0,
  );
  gauge('sse_clients', 'Open live feeds (SSE clients).', () => resources.http?.liveFeed.clients ?? 0);
  total(
    registry,
    'sse_frames_skipped_total',
    'Frames skipped for slow SSE clients.',
    () => resources.http?.liveFeed.skipped ?? 0,
  );
}

/** A counter that is kept elsewhere. */
function total(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name: PREFIX + name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

/** Counters that are kept elsewhere, by one label. */
function counters(registry: Registry, { resources, results, services }: GaugeSources): void {
  const counter = (
    name: string,
    help: string,
    label: string,
    read: () => Iterable<readonly [string, number]>,
  ): void =>
    void new Counter({
      name: PREFIX + name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  counter('alerts_total', 'Alerts raised, by rule.', 'rule', () => services.events.raised());
  counter(
    'skipped_records_total',
    'Records from topics, journals and the results store that were invalid and skipped.',
    'source',
    () => resources.skipped.counts,
  );
  counter(
    'source_errors_total',
    "Errors reported by the broker's client, by code.",
    'code',
    () => resources.source?.errors?.() ?? [],
  );
  total(
    registry,
    'repeats_skipped_total',
    'Messages received again that were settled before a restart or rebalance, and were not classified again.',
    () => resources.source?.repeatsSkipped ?? 0,
  );
  counter(
    'store_shed_total',
    'Rows and images not stored because the results store was slow or unavailable.',
    'kind',
    () => {
      const { shedImages, shedRows } = results.status();
      return [
        ['images', shedImages],
        ['rows', shedRows],
      ];
    },
  );
}

function driftGauge(registry: Registry, { services }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}drift_index`,
    help: "Population stability index of the latest block of predictions against the model's baseline; absent without a baseline.",
    labelNames: ['measure'],
    registers: [registry],
    collect() {
      // A new model has no block yet.
      this.reset();
      for (const { measure, index } of services.drift?.().latest?.measures ?? [])
        this.set({ measure }, index);
    },
  });
}

/** Only with a latency goal; NaN while unknown. */
function goalGauges(gauge: AddGauge, { services: { latencyGoal } }: GaugeSources): void {
  if (latencyGoal === undefined) return;
  gauge(
    'latency_goal_seconds',
    'Latency goal, from arrival in this process to confirmation, 99th percentile.',
    () => (latencyGoal()?.targetMs ?? NaN) / 1000,
  );
  gauge(
    'latency_goal_actual_seconds',
    'Measured value of the latency goal over the latest seconds.',
    () => (latencyGoal()?.p99Ms ?? NaN) / 1000,
  );
  gauge('latency_goal_met', '1 while the latency goal is met.', () => {
    const met = latencyGoal()?.met ?? null;
    return met === null ? NaN : Number(met);
  });
  gauge(
    'latency_goal_throughput_loss',
    'Share of the full-load throughput that the latency goal costs, 0 to 1.',
    () => latencyGoal()?.costs?.throughputLoss ?? NaN,
  );
}

/** Only where results are kept. */
function cacheMetrics(
  registry: Registry,
  gauge: AddGauge,
  { services: { resultCache } }: GaugeSources,
): void {
  if (resultCache === undefined) return;
  const read = (name: 'hits' | 'misses' | 'entries' | 'bytes') => () => resultCache()?.[name] ?? 0;
  total(registry, 'cache_hits_total', 'Images whose result was in memory.', read('hits'));
  total(registry, 'cache_misses_total', 'Images whose result was not in memory.', read('misses'));
  gauge('cache_entries', 'Images with a result in memory.', read('entries'));
  gauge('cache_bytes', 'Bytes of the results in memory.', read('bytes'));
}

function identities(registry: Registry, { version, resources }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
  new Gauge({
    name: `${PREFIX}model_info`,
    help: 'Always 1; absent while no model is loaded.',
    labelNames: ['name', 'version', 'sha256', 'runtime', 'precision'],
    registers: [registry],
    collect() {
      this.reset();
      const model = resources.pool?.model;
      if (!model) return;
      const { name, version: number, sha256, runtime, precision } = model;
      this.set({ name, version: number, sha256, runtime, precision }, 1);
    },
  });
}
