import type { StatsFrame } from '../../http/schemas/stats';
import { count, seconds } from '../format';
import { about, lag } from '../state';
import { Bar } from './bar';
import { unknownLag } from './figures';

/** Consumer lag by partition. */
export function LagTable({ stats }: { stats: StatsFrame }) {
  const perSecond = stats.rate.last60s;
  const partitions = lag.value;
  if (partitions.length === 0)
    return <p class="muted">Unknown: {unknownLag(stats.health, about.value?.broker ?? 'memory')}.</p>;
  const most = Math.max(1, ...partitions.map(({ messages }) => messages));
  const share = perSecond / partitions.length;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Lag by partition">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col" class="share-head">
              <span class="hidden">Share</span>
            </th>
            <th scope="col">Messages</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {partitions.map(({ topic, partition, messages, seconds: behind }) => (
            <tr key={`${topic}/${partition}`}>
              <th scope="row" class="lag-topic" title={topic}>
                <span>
                  <span class="cut">{topic}</span>
                  {partition !== null && <span>/ {partition}</span>}
                </span>
              </th>
              <td class="bar-cell" aria-hidden="true">
                <Bar share={messages / most} />
              </td>
              <td>{count(messages)}</td>
              <td>{timeBehind(messages, behind ?? null, share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Measured by the server if known, otherwise estimated from the rate of the last minute. */
function timeBehind(messages: number, known: number | null, perSecond: number): string {
  if (messages === 0) return '0 s';
  if (known !== null) return seconds(known);
  return perSecond > 0 ? `≈ ${seconds(messages / perSecond)}` : '–';
}
