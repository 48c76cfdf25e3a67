import type { BrokerReach, ConnectionStatus, Outage } from '../core/ports';
import { sentence } from '../core/sentence';
import type { StreamPause } from '../core/steering';
import type { Health } from '../http/services';

interface Connection {
  status(): ConnectionStatus;
}

const NOT_OPENED: ConnectionStatus = { state: 'connecting', reason: 'it is not open yet' };

/**
 * An outage of the broker replaces the reasons of its connections. One client notices it up to a second before the
 * others, so that it replaces their states as well.
 *
 * @param reasonsFor why the process is not ready, given both connections; empty when it is
 */
export function healthOf(
  connections: { readonly source?: Connection; readonly sink?: Connection },
  reach: BrokerReach | undefined,
  reasonsFor: (source: ConnectionStatus, sink: ConnectionStatus) => readonly string[],
  paused: StreamPause | null = null,
): Health {
  const outage = reach?.outage ?? null;
  const source = stateOf(connections.source, outage);
  const sink = stateOf(connections.sink, outage);
  const found = outage === null ? reasonsFor(source, sink) : [`${outage.reason}; retrying`];
  const reasons = [...new Set(found.map(sentence))];
  return {
    ...{ ready: reasons.length === 0, reasons, source, sink },
    ...(outage && { outage }),
    ...(paused && { paused }),
  };
}

function stateOf(connection: Connection | undefined, outage: Outage | null): ConnectionStatus {
  const status = connection?.status() ?? NOT_OPENED;
  return outage !== null && status.state === 'up' ? { state: 'down', reason: outage.reason } : status;
}
