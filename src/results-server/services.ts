import { StreamInferError } from '../core/errors';
import type { ConnectionStatus } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';
import type { Health, HttpServices } from '../http/services';
import type { ResultsStore } from '../results/store/store';
import type { ProcessorParts } from '../processor/processor-parts';

const NOT_YET: ConnectionStatus = { state: 'connecting', reason: 'not opened yet' };
const ELSEWHERE =
  'this is serve, which shows what others classify; send images to a process of stream-infer run';

/**
 * What `serve` answers where a process that classifies would ask its pool and pipeline.
 *
 * @param model of the latest prediction that was read
 */
export function answersOfServe(
  parts: ProcessorParts,
  store: ResultsStore | null,
  model: () => ModelIdentity | null,
): Partial<HttpServices> {
  const refuse = async (): Promise<never> => {
    throw new StreamInferError('MODEL_ELSEWHERE', ELSEWHERE);
  };
  return {
    model,
    health: () => healthOf(parts, store),
    classify: refuse,
    classifyAll: refuse,
    canClassify: () => false,
    load: () => ({
      arrivalRate: null,
      outcomeRate: 0,
      lag: null,
      capacity: null,
      utilization: 0,
      partitions: null,
      blocked: ELSEWHERE,
    }),
  };
}

function healthOf(parts: ProcessorParts, store: ResultsStore | null): Health {
  const source = parts.source?.status() ?? NOT_YET;
  const sink = parts.sink?.status() ?? NOT_YET;
  const reasons: string[] = [];
  if (parts.draining) reasons.push('stopping');
  else if (parts.waitingFor) reasons.push(parts.waitingFor);
  else if (source.state !== 'up') reasons.push(`predictions: ${source.reason ?? source.state}`);
  if (store?.alarm) reasons.push(`store: ${store.alarm}`);
  return { ready: reasons.length === 0, reasons, source, sink };
}
