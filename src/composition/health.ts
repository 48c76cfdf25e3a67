import type { ConnectionStatus } from '../core/ports';
import type { StreamPause } from '../core/steering';
import type { Health } from '../http/services';

interface Connection {
  status(): ConnectionStatus;
}

const NOT_OPENED: ConnectionStatus = { state: 'connecting', reason: 'not opened yet' };

/** @param reasonsFor why the process is not ready, given both connections; empty when it is */
export function healthOf(
  connections: { readonly source?: Connection; readonly sink?: Connection },
  reasonsFor: (source: ConnectionStatus, sink: ConnectionStatus) => readonly string[],
  paused: StreamPause | null = null,
): Health {
  const source = connections.source?.status() ?? NOT_OPENED;
  const sink = connections.sink?.status() ?? NOT_OPENED;
  const reasons = reasonsFor(source, sink);
  return { ready: reasons.length === 0, reasons, source, sink, ...(paused && { paused }) };
}
