import type { ComponentChildren } from 'preact';
import type { BrokerKind } from '../../core/message';
import type { StatsFrame } from '../../http/schemas/stats';
import { brokerName, count, milliseconds, percent, plural, rate, seconds, shortCount } from '../format';
import { about, lag, totalLag } from '../state';

/** The five key figures. */
export function Figures({ stats }: { stats: StatsFrame }) {
  const { judged, correct, latency, deadLetters } = stats;
  return (
    <dl class="figures">
      <Figure name="Throughput" unit="images/s" note={`1 min average ${rate(stats.rate.last60s)}`}>
        {rate(stats.rate.last1s)}
      </Figure>
      <Figure
        name="Accuracy"
        note={
          judged === 0 ? 'no labelled images' : `${shortCount(correct)} of ${shortCount(judged)} labelled`
        }
      >
        {judged === 0 ? '–' : percent(correct / judged, 1)}
      </Figure>
      <Figure
        name="Latency, p99"
        note={
          latency.total.p99 === 0
            ? 'no recent measurement'
            : `p50 ${milliseconds(latency.total.p50)}, p95 ${milliseconds(latency.total.p95)}`
        }
      >
        {latency.total.p99 === 0 ? '–' : milliseconds(latency.total.p99)}
      </Figure>
      <Figure
        name="Lag"
        unit={totalLag.value === null ? '' : totalLag.value === 1 ? 'message' : 'messages'}
        note={lagNote(totalLag.value, stats)}
      >
        {totalLag.value === null ? 'unknown' : shortCount(totalLag.value)}
      </Figure>
      <Figure name="Classified" note={deadLetters === 0 ? 'no dead letters' : refused(stats)}>
        {shortCount(stats.predictions)}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly unit?: string;
  readonly note: string;
  readonly children: ComponentChildren;
}

export function Figure({ name, unit = '', note, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="figure-value">{children}</span> {unit !== '' && <span class="figure-unit">{unit}</span>}
        <span class="figure-note">{note}</span>
      </dd>
    </div>
  );
}

function lagNote(messages: number | null, { health, rate: { last60s: perSecond } }: StatsFrame): string {
  if (messages === null) return unknownLag(health, about.value?.broker ?? 'memory');
  if (messages === 0) return 'caught up';
  const known = lag.value.flatMap(({ seconds: behind }) => (typeof behind === 'number' ? [behind] : []));
  if (known.length > 0) return `${seconds(Math.max(...known))} behind`;
  return perSecond > 0 ? `${seconds(messages / perSecond)} behind` : 'not consuming';
}

/** Why the lag is unknown. */
export function unknownLag({ outage, ready }: StatsFrame['health'], kind: BrokerKind): string {
  if (outage !== undefined) return `${brokerName(kind)} is down`;
  if (!ready) return 'the process is not ready';
  return kind === 'pubsub' ? 'Pub/Sub does not report it' : 'not reported yet';
}

function refused({ deadLetters, rejections }: StatsFrame): string {
  const [worst] = Object.entries(rejections).sort((a, b) => b[1] - a[1]);
  const most = worst === undefined ? '' : `, ${count(worst[1])} ${worst[0]}`;
  return `${plural(deadLetters, 'dead letter')}${most}`;
}
