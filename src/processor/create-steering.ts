import type { ProcessContext } from '../composition/context';
import type { Lifecycle } from '../composition/lifecycle';
import { AuditLog } from '../steering/audit-log';
import { auditPath } from '../steering/audit-path';
import { StreamSteering } from '../steering/stream-steering';
import { maxLeased } from './create-endpoints';
import type { ProcessorResources } from './resources';

/**
 * null where nobody can steer: without HTTP, or switched off.
 *
 * @param drain ends the process after a drain
 */
export function createSteering(
  { config, instanceId, log }: ProcessContext,
  lifecycle: Lifecycle<ProcessorResources>,
  maxDeliveries: number,
  drain: () => void,
): StreamSteering | null {
  if (!config.steering.enabled || !config.http.enabled) return null;
  const { maxBatch } = config.inference;
  return new StreamSteering({
    audit: new AuditLog(auditPath(config, instanceId), log),
    stream: () => {
      const { pipeline, source } = lifecycle.acquired;
      return pipeline === undefined || source === undefined ? null : { pipeline, source };
    },
    isStopping: () => lifecycle.stopping,
    drain,
    maxLeased: (rate) => {
      const { parallelism = 1 } = lifecycle.acquired.model?.router ?? {};
      return maxLeased(maxBatch, { parallelism, maxDeliveries }, rate ?? Infinity);
    },
    log,
  });
}
