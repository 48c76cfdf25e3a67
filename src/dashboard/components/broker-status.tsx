import { computed } from '@preact/signals';
import { brokerName, seconds } from '../format';
import { hashOf } from '../route';
import { about, connection, latest } from '../state';

/** State of the broker while it is not up, on every tab; nothing while all is well. Links to the reasons. */
export function BrokerStatus() {
  const text = brokerTrouble.value;
  return (
    <>
      {/* Announced once: the link changes every second. */}
      <span class="hidden" role="status">
        {text}
      </span>
      {text !== null && <Trouble text={text} />}
    </>
  );
}

function Trouble({ text }: { text: string }) {
  const now = latest.value;
  const { outage, reasons = [] } = now?.health ?? {};
  const since = now === null || outage === undefined ? null : Math.max(0, now.at - outage.since);
  return (
    <a class="status broker is-lost" href={hashOf('system')} title={reasons.join(' ')}>
      <i aria-hidden="true" />
      {since === null ? text : `${text} for ${seconds(since / 1000)}`}
    </a>
  );
}

/** null while the broker is up, and while the page does not know it. */
export const brokerTrouble = computed<string | null>(() => {
  if (latest.value === null || about.value === null || connection.value !== 'live') return null;
  const { outage, ready, source, sink } = latest.value.health;
  const name = brokerName(about.value.broker);
  if (outage !== undefined) return `${name} down`;
  if (source.state === 'down' || sink.state === 'down') return `${name}: problem`;
  return ready ? null : 'Not ready';
});
