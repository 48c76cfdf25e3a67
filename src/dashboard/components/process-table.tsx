import type { StatsFrame } from '../../http/wire';
import { bytes, count, milliseconds, percent, plural, seconds } from '../format';
import { about } from '../state';
import { Bar } from './bar';

/** How the process is doing. */
export function ProcessTable({ stats }: { stats: StatsFrame }) {
  const { activity } = stats;
  const model = about.value?.model;
  const facts: readonly (readonly [string, string])[] = [
    ['Batch size, mean', stats.meanBatchSize.toFixed(1)],
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
    ['Up for', seconds(stats.uptimeSeconds)],
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
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
