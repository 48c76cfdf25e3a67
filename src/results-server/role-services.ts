import type { RoleServices } from '../composition/http-services';
import { healthOf } from '../composition/health';
import type { Lifecycle } from '../composition/lifecycle';
import { StreamInferError } from '../core/errors';
import type { BrokerReach } from '../core/ports';
import type { Health } from '../http/services';
import type { ResultsStore } from '../results/store/store';
import type { ServerResources } from './resources';

const ELSEWHERE =
  'serve only shows results and cannot classify; send images to a process of the command `run`';

export interface RoleServicesOptions {
  readonly lifecycle: Lifecycle<ServerResources>;
  readonly store: ResultsStore | null;
  readonly hasLatencyGoal: boolean;
  /** Of the broker. */
  readonly reach?: BrokerReach | undefined;
}

/** Answers of a process that classifies nothing. */
export function createRoleServices(options: RoleServicesOptions): RoleServices {
  const { lifecycle, store, hasLatencyGoal, reach } = options;
  const refuse = async (): Promise<never> => {
    throw new StreamInferError('MODEL_ELSEWHERE', ELSEWHERE);
  };
  return {
    health: () => readinessOf(lifecycle, store, reach),
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
    explain: refuse,
    canClassify: () => false,
  };
}

/** Ready when the predictions are being read into a store that works. */
function readinessOf(
  lifecycle: Lifecycle<ServerResources>,
  store: ResultsStore | null,
  reach: BrokerReach | undefined,
): Health {
  return healthOf(lifecycle.acquired, reach, (source) => {
    const reasons: string[] = [];
    if (lifecycle.stopping) reasons.push('the process is stopping');
    else if (lifecycle.waitingFor !== null) reasons.push(lifecycle.waitingFor);
    else if (source.state !== 'up') reasons.push(`cannot read predictions: ${source.reason ?? source.state}`);
    if (store?.alarm) reasons.push(`the results store ${store.alarm}`);
    return reasons;
  });
}
