import type { StatsFrame } from '../../http/schemas/stats';
import { milliseconds } from '../format';
import { Bar } from './bar';

const STAGES = [
  { key: 'queue', name: 'Queue' },
  { key: 'inference', name: 'Inference' },
  { key: 'publish', name: 'Publish' },
  { key: 'total', name: 'Total' },
] as const;

/** Latency quantiles of the last minute by stage. */
export function LatencyTable({ latency }: { latency: StatsFrame['latency'] }) {
  const most = Math.max(latency.queue.p50, latency.inference.p50, latency.publish.p50, 0.001);
  return (
    <table class="numbers">
      <caption class="hidden">Latency by stage, last minute</caption>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col" class="share-head">
            <span class="hidden">Share</span>
          </th>
          <th scope="col">p50</th>
          <th scope="col">p95</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        {STAGES.map(({ key, name }) => (
          <tr key={key} class={key === 'total' ? 'is-sum' : ''}>
            <th scope="row">{name}</th>
            <td class="bar-cell" aria-hidden="true">
              {key !== 'total' && <Bar share={latency[key].p50 / most} />}
            </td>
            <td>{milliseconds(latency[key].p50)}</td>
            <td>{milliseconds(latency[key].p95)}</td>
            <td>{milliseconds(latency[key].p99)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
