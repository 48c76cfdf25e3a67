import type { RoleServices } from '../composition/http-services';
import type { Lifecycle } from '../composition/lifecycle';
import type { Config } from '../config/schema';
import type { BrokerReach } from '../core/ports';
import type { LabelsService } from '../http/label-services';
import type { Activity, PushService } from '../http/services';
import type { DriftMonitor } from '../quality/drift-monitor';
import type { InteractiveClassifier } from './interactive';
import type { ProcessorResources } from './resources';
import { readinessOf } from './readiness';
import { Explainer } from './explainer';
import { scoreNumbers } from './score-numbers';
import type { StreamSteering } from '../steering/stream-steering';
import type { StreamLoad } from './stream-load';

export interface RoleServicesOptions {
  readonly lifecycle: Lifecycle<ProcessorResources>;
  readonly interactive: InteractiveClassifier;
  readonly load: StreamLoad;
  readonly drift: DriftMonitor;
  readonly activity: () => Activity;
  readonly config: Pick<Config, 'cache' | 'inference'>;
  readonly steering: StreamSteering | null;
  readonly labels: LabelsService | undefined;
  readonly push: PushService | undefined;
  /** Of the broker. */
  readonly reach?: BrokerReach | undefined;
}

/** Answers of a process that classifies images. */
export function createRoleServices(options: RoleServicesOptions): RoleServices {
  const { config, lifecycle, interactive, load, drift, activity, steering, reach } = options;
  const explainer = new Explainer(() => lifecycle.acquired.model?.router);
  const health = () => readinessOf(lifecycle, steering?.paused, reach);
  return {
    health,
    ...(steering && { steering }),
    modelElsewhere: null,
    model: () => lifecycle.acquired.model?.router.model ?? null,
    modelDescription: () => lifecycle.acquired.model?.router.description ?? null,
    models: () => lifecycle.acquired.model?.manager ?? null,
    load: () => {
      const { ready, reasons, paused } = health();
      const { workers, workerUtilization } = activity();
      return load.read({
        workers,
        utilization: workerUtilization,
        perImageMs: lifecycle.acquired.pipeline?.perImageMs ?? null,
        blocked: ready ? (paused ? `paused by ${paused.by}` : null) : reasons.join(' '),
      });
    },
    ...(config.inference.targetP99 !== undefined && {
      latencyGoal: () => lifecycle.acquired.goal?.state() ?? null,
    }),
    ...(config.cache.entries > 0 && { resultCache: () => lifecycle.acquired.cache?.state ?? null }),
    drift: () => drift.view(lifecycle.acquired.model?.router.model),
    trainingHistory: () => lifecycle.acquired.model?.router.history ?? [],
    classify: (bytes, options) => interactive.classify(bytes, options),
    classifyAll: (images, first) => interactive.classifyAll(images, first),
    classifyNumbers: (numbers, images) => scoreNumbers(lifecycle.acquired.model?.router, numbers, images),
    explain: (pixels, label) => explainer.explain(pixels, label),
    canClassify: () => lifecycle.state.phase === 'running',
    ...(options.push && { push: options.push }),
    ...(options.labels && { labels: options.labels }),
  };
}
