import type { ProcessContext } from '../composition/context';
import type { Lifecycle } from '../composition/lifecycle';
import { openAuditLog } from '../steering/open-audit-log';
import { auditPath } from '../steering/audit-path';
import { Workers } from '../steering/workers';
import { StreamSteering } from '../steering/stream-steering';
import { maxLeased } from './create-endpoints';
import type { ProcessorResources } from './resources';

/**
 * null where nobody can steer: without HTTP, or switched off. Throws CONFIG_INVALID for an audit log that cannot be
 * written.
 *
 * @param drain ends the process after a drain
 */
export function createSteering(
  { config, instanceId, log }: ProcessContext,
  lifecycle: Lifecycle<ProcessorResources>,
  maxDeliveries: number,
  workers: Workers,
  drain: () => void,
): StreamSteering | null {
  if (!config.steering.enabled || !config.http.enabled) return null;
  const { maxBatch } = config.inference;
  return new StreamSteering({
    audit: openAuditLog(auditPath(config, instanceId), config, log),
    stream: () => {
      const { pipeline, source } = lifecycle.acquired;
      return pipeline === undefined || source === undefined ? null : { pipeline, source };
    },
    isStopping: () => lifecycle.stopping,
    workers,
    drain,
    maxLeased: (rate) => {
      const { parallelism = 1 } = lifecycle.acquired.model?.router ?? {};
      return maxLeased(maxBatch, { parallelism, maxDeliveries }, rate ?? Infinity);
    },
    log,
  });
}

/** With a latency goal, the goal sets how many workers are in use. */
export function createWorkers(
  { config: { inference }, log, member }: ProcessContext,
  lifecycle: Lifecycle<ProcessorResources>,
): Workers {
  return new Workers({
    pool: () => (lifecycle.stopping ? null : (lifecycle.acquired.model?.router ?? null)),
    configured: inference.workers,
    // One of several models keeps to its share.
    ...(member !== undefined && inference.workers !== 'auto' && { most: inference.workers }),
    fixedBy:
      inference.targetP99 === undefined
        ? undefined
        : 'the latency goal (inference.targetP99) sets the workers in use; remove it to set them yourself',
    log,
  });
}
