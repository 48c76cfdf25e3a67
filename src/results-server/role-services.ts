import type { RoleServices } from '../composition/http-services';
import { healthOf } from '../composition/health';
import type { Lifecycle } from '../composition/lifecycle';
import { StreamInferError } from '../core/errors';
import type { Health } from '../http/services';
import type { ResultsStore } from '../results/store/store';
import type { ServerResources } from './resources';

const ELSEWHERE =
  'serve only shows results and cannot classify; send images to a process of the command `run`';

export interface RoleServicesOptions {
  readonly lifecycle: Lifecycle<ServerResources>;
  readonly store: ResultsStore | null;
  readonly hasLatencyGoal: boolean;
}

/** Answers of a process that classifies nothing. */
export function createRoleServices({ lifecycle, store, hasLatencyGoal }: RoleServicesOptions): RoleServices {
  const refuse = async (): Promise<never> => {
    throw new StreamInferError('MODEL_ELSEWHERE', ELSEWHERE);
  };
  return {
    health: () => readinessOf(lifecycle, store),
    modelElsewhere: ELSEWHERE,
    model: () => lifecycle.acquired.followers?.model ?? null,
    modelDescription: () => null,
    models: () => null,
    load: () => ({
      arrivalRate: null,
      outcomeRate: 0,
      lag: null,
      capacity: null,
      utilization: 0,
      partitions: null,
      blocked: ELSEWHERE,
    }),
    ...(hasLatencyGoal && { latencyGoal: () => null }),
    trainingHistory: () => [],
    classify: refuse,
    classifyAll: refuse,
    classifyNumbers: refuse,
    canClassify: () => false,
  };
}

/** Ready when the predictions are being read into a store that works. */
function readinessOf(lifecycle: Lifecycle<ServerResources>, store: ResultsStore | null): Health {
  return healthOf(lifecycle.acquired, (source) => {
    const reasons: string[] = [];
    if (lifecycle.stopping) reasons.push('stopping');
    else if (lifecycle.waitingFor !== null) reasons.push(lifecycle.waitingFor);
    else if (source.state !== 'up') reasons.push(`predictions: ${source.reason ?? source.state}`);
    if (store?.alarm) reasons.push(`store: ${store.alarm}`);
    return reasons;
  });
}
