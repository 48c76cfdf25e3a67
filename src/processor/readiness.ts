import { healthOf } from '../composition/health';
import type { Lifecycle } from '../composition/lifecycle';
import type { BrokerReach, ConnectionStatus } from '../core/ports';
import type { StreamPause } from '../core/steering';
import type { Health } from '../http/services';
import type { ProcessorResources } from './resources';

/** Ready when the model is warm, both connections are up and the pipeline runs, also while an operator pauses it. */
export function readinessOf(
  lifecycle: Lifecycle<ProcessorResources>,
  paused: StreamPause | null = null,
  reach?: BrokerReach,
): Health {
  return healthOf(
    lifecycle.acquired,
    reach,
    (source, sink) => [
      ...(lifecycle.stopping ? ['the process is stopping'] : []),
      ...reasonsFor(lifecycle, source, sink),
    ],
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
  const reasons: string[] = [...connectionReasons(source, sink)];
  if (acquired.outbox?.stalled)
    reasons.push('the broker is not confirming predictions; consumption is paused');
  const { unavailable, silence } = acquired.model.router;
  if (unavailable !== null) reasons.push(`the model is unavailable: ${unavailable}; consumption is paused`);
  else if (silence !== null) reasons.push(`the model is silent: ${silence}`);
  const pausedFor = acquired.pipeline?.pausedFor ?? null;
  if (pausedFor !== null) reasons.push(`${pausedFor}; consumption paused`);
  if (reasons.length === 0 && state.phase === 'starting') reasons.push('the pipeline is being started');
  return reasons;
}

/** One reason if both have the same. */
function connectionReasons(source: ConnectionStatus, sink: ConnectionStatus): string[] {
  const problems = [
    ...(source.state === 'up' ? [] : [['read images', source.reason ?? source.state] as const]),
    ...(sink.state === 'up' ? [] : [['publish predictions', sink.reason ?? sink.state] as const]),
  ];
  const [first, second] = problems;
  if (first !== undefined && first[1] === second?.[1])
    return [`cannot ${first[0]} or ${second[0]}: ${first[1]}`];
  return problems.map(([what, reason]) => `cannot ${what}: ${reason}`);
}
