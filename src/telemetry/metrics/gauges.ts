import { Counter, Gauge, type Registry } from 'prom-client';
import { DEFAULT_PLAN, scaleHint } from '../../core/scale';
import type { MessageSource, Outbox } from '../../core/ports';
import type { SkippedRecords } from '../../core/skipped-records';
import type { HttpServer } from '../../http/server';
import type { HttpServices } from '../../http/services';
import type { InferencePool } from '../../inference/pool';
import type { ResultsView } from '../../results/view';
import { PREFIX } from './prefix';

/** Parts that come to be while the process starts; null before. */
interface ObservedParts {
  readonly http: Pick<HttpServer, 'liveFeed'> | null;
  readonly outbox: Pick<Outbox, 'stalled'> | null;
  readonly pipeline: { readonly oldestMs: number } | null;
  readonly pool: Pick<InferencePool, 'model'> | null;
  readonly source: Pick<MessageSource, 'errors'> | null;
  readonly skipped: Pick<SkippedRecords, 'counts'>;
}

export interface GaugeSources {
  readonly version: string;
  readonly parts: ObservedParts;
  readonly results: ResultsView;
  readonly services: Pick<
    HttpServices,
    'activity' | 'drift' | 'events' | 'health' | 'lag' | 'lagSeconds' | 'latencyGoal' | 'load'
  >;
}

/** What is so at the moment of the question: read then, and never before. */
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
  identities(registry, sources);
}

type AddGauge = (name: string, help: string, read: () => number) => void;

function processGauges(gauge: AddGauge, { parts, services }: GaugeSources): void {
  gauge('ready', '1 when the model is warm and the broker connected.', () =>
    services.health().ready ? 1 : 0,
  );
  gauge('stalled', '1 while the broker does not confirm predictions and nothing new is taken.', () =>
    parts.outbox?.stalled ? 1 : 0,
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

function queueGauges(registry: Registry, gauge: AddGauge, { parts, services }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}queue_depth`,
    help: 'Images that wait for a worker.',
    labelNames: ['lane'],
    registers: [registry],
    collect() {
      for (const [lane, depth] of Object.entries(services.activity().queued)) this.set({ lane }, depth);
    },
  });
  gauge('inflight', 'Messages taken and not yet settled.', () => services.activity().inFlight);
  gauge('inflight_bytes', 'Their bytes.', () => services.activity().inFlightBytes);
  gauge(
    'batch_target',
    'Images that a batch is to have at present.',
    () => services.activity().batchTarget?.size ?? 0,
  );
  gauge(
    'oldest_unacked_seconds',
    'How long ago the oldest message was taken that is not settled yet.',
    () => (parts.pipeline?.oldestMs ?? 0) / 1000,
  );
}

function lagGauges(registry: Registry, gauge: AddGauge, { services }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}consumer_lag`,
    help: 'Messages between the next one to settle and the end; none where the broker does not tell.',
    labelNames: ['topic', 'partition'],
    registers: [registry],
    collect() {
      // Partitions that were revoked are another process's to tell.
      this.reset();
      for (const { topic, partition, messages } of services.lag())
        this.set({ topic, partition: String(partition ?? '') }, messages);
    },
  });
  gauge(
    'lag_seconds',
    'Age of the oldest unread message, in the partition that is furthest behind; NaN when not known.',
    () => {
      const seconds = services.lag().flatMap((lag) => services.lagSeconds(lag) ?? []);
      return seconds.length === 0 ? NaN : Math.max(...seconds);
    },
  );
  gauge(
    'load_ratio',
    'Processes wanted for the share of this one: the sum over all, rounded up, is how many there should be. NaN when not known.',
    () => scaleHint(services.load(), DEFAULT_PLAN).load ?? NaN,
  );
}

function storeAndFeed(registry: Registry, gauge: AddGauge, { parts, results }: GaugeSources): void {
  gauge('store_queue_depth', 'Predictions on their way to the results store.', () => results.status().queued);
  gauge('store_usable', '0 while the results store is on and does not work.', () =>
    results.status().alarm === null ? 1 : 0,
  );
  gauge('sse_clients', 'Open live pages.', () => parts.http?.liveFeed.clients ?? 0);
  new Counter({
    name: `${PREFIX}sse_frames_skipped_total`,
    help: 'Frames not sent to live pages that were behind.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(parts.http?.liveFeed.skipped ?? 0);
    },
  });
}

/** Of what is counted elsewhere, by one label. */
function counters(registry: Registry, { parts, results, services }: GaugeSources): void {
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
  counter('alerts_total', 'Alerts that the rules have raised.', 'rule', () => services.events.raised());
  counter(
    'skipped_records_total',
    'Records from topics, journals and the results store that were skipped because they are invalid.',
    'source',
    () => parts.skipped.counts,
  );
  counter(
    'source_errors_total',
    "Errors that the broker's client has reported, by its code.",
    'code',
    () => parts.source?.errors?.() ?? [],
  );
  counter(
    'store_shed_total',
    'What was not stored because the results store was behind or away.',
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
    help: "Population stability index of the latest block of predictions against the model's baseline; none without one.",
    labelNames: ['measure'],
    registers: [registry],
    collect() {
      // Of a model that was exchanged there is no block yet.
      this.reset();
      for (const { measure, index } of services.drift?.().latest?.measures ?? [])
        this.set({ measure }, index);
    },
  });
}

/** There only with a latency goal; NaN as long as nothing is known. */
function goalGauges(gauge: AddGauge, { services: { latencyGoal } }: GaugeSources): void {
  if (latencyGoal === undefined) return;
  gauge(
    'latency_goal_seconds',
    'Latency goal, from arrival in this process to confirmation, 99th percentile.',
    () => (latencyGoal()?.targetMs ?? NaN) / 1000,
  );
  gauge(
    'latency_goal_actual_seconds',
    'The same as measured over the latest seconds.',
    () => (latencyGoal()?.p99Ms ?? NaN) / 1000,
  );
  gauge('latency_goal_met', '1 while the latency goal is met.', () => {
    const met = latencyGoal()?.met ?? null;
    return met === null ? NaN : Number(met);
  });
  gauge(
    'latency_goal_throughput_loss',
    'Share of the throughput at full load that the latency goal takes, 0 to 1.',
    () => latencyGoal()?.costs?.throughputLoss ?? NaN,
  );
}

function identities(registry: Registry, { version, parts }: GaugeSources): void {
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
  new Gauge({
    name: `${PREFIX}model_info`,
    help: 'Always 1; none as long as no model is loaded.',
    labelNames: ['name', 'version', 'sha256', 'runtime', 'precision'],
    registers: [registry],
    collect() {
      this.reset();
      const model = parts.pool?.model;
      if (!model) return;
      const { name, version: number, sha256, runtime, precision } = model;
      this.set({ name, version: number, sha256, runtime, precision }, 1);
    },
  });
}
