import type { RoleServices } from '../composition/http-services';
import type { Lifecycle } from '../composition/lifecycle';
import type { Activity } from '../http/services';
import type { DriftMonitor } from '../quality/drift-monitor';
import type { InteractiveClassifier } from './interactive';
import type { ProcessorResources } from './resources';
import { readinessOf } from './readiness';
import { scoreNumbers } from './score-numbers';
import type { StreamLoad } from './stream-load';

export interface RoleServicesOptions {
  readonly lifecycle: Lifecycle<ProcessorResources>;
  readonly interactive: InteractiveClassifier;
  readonly load: StreamLoad;
  readonly drift: DriftMonitor;
  readonly activity: () => Activity;
  readonly hasLatencyGoal: boolean;
}

/** Answers of a process that classifies images. */
export function createRoleServices(options: RoleServicesOptions): RoleServices {
  const { lifecycle, interactive, load, drift, activity } = options;
  return {
    health: () => readinessOf(lifecycle),
    modelElsewhere: null,
    model: () => lifecycle.acquired.model?.router.model ?? null,
    modelDescription: () => lifecycle.acquired.model?.router.description ?? null,
    models: () => lifecycle.acquired.model?.manager ?? null,
    load: () => {
      const { ready, reasons } = readinessOf(lifecycle);
      const { workers, workerUtilization } = activity();
      return load.read({
        workers,
        utilization: workerUtilization,
        perImageMs: lifecycle.acquired.pipeline?.perImageMs ?? null,
        blocked: ready ? null : reasons.join(' '),
      });
    },
    ...(options.hasLatencyGoal && { latencyGoal: () => lifecycle.acquired.goal?.state() ?? null }),
    drift: () => drift.view(lifecycle.acquired.model?.router.model),
    trainingHistory: () => lifecycle.acquired.model?.router.history ?? [],
    classify: (bytes, options) => interactive.classify(bytes, options),
    classifyAll: (images, first) => interactive.classifyAll(images, first),
    classifyNumbers: (numbers, images) => scoreNumbers(lifecycle.acquired.model?.router, numbers, images),
    canClassify: () => lifecycle.state.phase === 'running',
  };
}
