import type { BrokerReach, ConnectionStatus } from '../core/ports';
import { sentence } from '../core/sentence';
import type { StreamPause } from '../core/steering';
import type { Health } from '../http/services';

interface Connection {
  status(): ConnectionStatus;
}

const NOT_OPENED: ConnectionStatus = { state: 'connecting', reason: 'it is not open yet' };

/**
 * An outage of the broker replaces the reasons of its connections.
 *
 * @param reasonsFor why the process is not ready, given both connections; empty when it is
 */
export function healthOf(
  connections: { readonly source?: Connection; readonly sink?: Connection },
  reach: BrokerReach | undefined,
  reasonsFor: (source: ConnectionStatus, sink: ConnectionStatus) => readonly string[],
  paused: StreamPause | null = null,
): Health {
  const source = connections.source?.status() ?? NOT_OPENED;
  const sink = connections.sink?.status() ?? NOT_OPENED;
  const outage = reach?.outage ?? null;
  const found = outage === null ? reasonsFor(source, sink) : [`${outage.reason}; retrying`];
  const reasons = [...new Set(found.map(sentence))];
  return {
    ...{ ready: reasons.length === 0, reasons, source, sink },
    ...(outage && { outage }),
    ...(paused && { paused }),
  };
}
