import { healthOf } from '../composition/health';
import type { Lifecycle } from '../composition/lifecycle';
import type { ConnectionStatus } from '../core/ports';
import type { StreamPause } from '../core/steering';
import type { Health } from '../http/services';
import type { ProcessorResources } from './resources';

/** Ready when the model is warm, both connections are up and the pipeline runs, also while an operator pauses it. */
export function readinessOf(
  lifecycle: Lifecycle<ProcessorResources>,
  paused: StreamPause | null = null,
): Health {
  return healthOf(
    lifecycle.acquired,
    (source, sink) => [...(lifecycle.stopping ? ['stopping'] : []), ...reasonsFor(lifecycle, source, sink)],
    paused,
  );
}

/**
 * Why no message can be pushed to the process now; null if one can. It can also while the process starts, unless that
 * waits for something: a process that is started by a message must not refuse it.
 */
export function refusalOfPush(lifecycle: Lifecycle<ProcessorResources>): string | null {
  const { ready, reasons, sink } = readinessOf(lifecycle);
  const { state, waitingFor } = lifecycle;
  const isStarting = state.phase === 'starting' && waitingFor === null && sink.state !== 'down';
  return ready || isStarting ? null : reasons.join('; ');
}

function reasonsFor(
  { acquired, waitingFor, state }: Lifecycle<ProcessorResources>,
  source: ConnectionStatus,
  sink: ConnectionStatus,
): readonly string[] {
  if (waitingFor !== null) return [waitingFor];
  if (acquired.model === undefined) return ['the model is being loaded'];
  const reasons: string[] = [];
  if (source.state !== 'up') reasons.push(`source: ${source.reason ?? source.state}`);
  if (sink.state !== 'up') reasons.push(`sink: ${sink.reason ?? sink.state}`);
  if (acquired.outbox?.stalled) reasons.push('broker is not confirming predictions; consumption paused');
  const { unavailable, silence } = acquired.model.router;
  if (unavailable !== null) reasons.push(`model: ${unavailable}; consumption paused`);
  else if (silence !== null) reasons.push(`model: ${silence}`);
  const pausedFor = acquired.pipeline?.pausedFor ?? null;
  if (pausedFor !== null) reasons.push(`${pausedFor}; consumption paused`);
  if (reasons.length === 0 && state.phase === 'starting') reasons.push('the pipeline is being started');
  return reasons;
}
