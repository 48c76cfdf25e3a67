import type { ComponentChildren } from 'preact';
import type { Activity, BatchTargetReason, StatsFrame } from '../../http/schemas/stats';
import { bytes, count, milliseconds, percent, plural, seconds } from '../format';
import { about } from '../state';
import { Bar } from './bar';
import { Facts, type Fact } from './facts';

const REASONS: Record<BatchTargetReason, string> = {
  measuring: 'maximum; batch times are being measured',
  latency: 'largest within the latency budget',
  throughput: 'behind; larger batches would hardly be faster',
  goal: 'largest within the latency goal',
  limit: 'maximum; larger batches would be faster',
};

/** Load, batches and memory of the process. */
export function ProcessTable({ stats }: { stats: StatsFrame }) {
  const { activity } = stats;
  const model = about.value?.model;
  const facts: readonly Fact[] = [
    ['Batch size, mean', stats.meanBatchSize.toFixed(1)],
    ['Batch target', batchTarget(activity)],
    ['In flight', `${count(activity.inFlight)} (${bytes(activity.inFlightBytes)})`],
    [
      'Waiting for a worker',
      `${count(activity.queued.stream)} stream, ${count(activity.queued.interactive)} interactive`,
    ],
    ['Event-loop delay, p99', milliseconds(activity.eventLoopDelayMs)],
    ['Memory', bytes(activity.rssBytes)],
    [
      'Model',
      model ? `${model.name} v${model.version}, ${model.runtime} ${model.precision}` : 'not loaded yet',
    ],
    ['Uptime', seconds(stats.uptimeSeconds)],
  ];
  return (
    <>
      <div class="meter-row">
        <span id="workers-label">{plural(activity.workers, 'worker')} busy</span>
        <b>{percent(activity.workerUtilization)}</b>
        <div
          class="meter"
          role="meter"
          aria-labelledby="workers-label"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(activity.workerUtilization * 100)}
        >
          <Bar share={activity.workerUtilization} />
        </div>
      </div>
      <Facts facts={facts} />
    </>
  );
}

/** Current target size of a batch, and its reason. */
function batchTarget({ batchTarget: target }: Activity): ComponentChildren {
  if (target === null) return 'not started';
  return (
    <>
      {target.size}
      <small class="reason">{REASONS[target.reason]}</small>
    </>
  );
}
