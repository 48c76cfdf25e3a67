import { CLASS_NAMES } from '../../src/core/labels';
import { SkippedRecords } from '../../src/core/skipped-records';
import type { GaugeSources } from '../../src/telemetry/metrics/gauges';
import { Metrics } from '../../src/telemetry/metrics/metrics';
import type { LatencyGoalState } from '../../src/core/latency-goal-state';
import type { DriftView } from '../../src/quality/drift-monitor';
import { createFakeServices, LATENCY_GOAL, MODEL, type FakeServices } from './services';

type TestResources = { -readonly [Name in keyof GaugeSources['resources']]: GaugeSources['resources'][Name] };

export interface TestMetrics {
  readonly metrics: Metrics;
  readonly resources: TestResources;
  readonly services: FakeServices;
}

/** The metrics of a process with fakes, a loaded model, a latency goal and an open page. */
export function createTestMetrics(goal: LatencyGoalState | 'none' | null = LATENCY_GOAL): TestMetrics {
  const drift = {
    latest: { measures: [{ measure: 'classes', index: 0.07, limit: 0.1 }] },
  } as unknown as DriftView;
  const services = Object.assign(createFakeServices(), { drift: () => drift });
  if (goal !== 'none') services.latencyGoal = () => goal;
  services.resultCache = () => ({ hits: 90, misses: 10, entries: 8, bytes: 4_000 });
  const resources: TestResources = {
    pool: { model: MODEL },
    http: { liveFeed: { clients: 3, skipped: 7 } },
    pipeline: { oldestMs: 1_500 },
    outbox: null,
    source: null,
    skipped: new SkippedRecords(),
  };
  const { version, results } = services;
  const metrics = new Metrics({
    version,
    resources,
    results,
    services,
    broker: 'kafka',
    topic: 'images',
    labels: () => CLASS_NAMES,
  });
  return { metrics, resources, services };
}

/** The lines of one metric without comments. */
export function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
}
