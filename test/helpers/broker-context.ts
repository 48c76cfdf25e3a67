import type { BrokerContext } from '../../src/brokers/context';

/** A context that logs nothing. */
export function silentContext(instanceId = 'test'): BrokerContext {
  const nothing = (): void => undefined;
  return { instanceId, log: { debug: nothing, info: nothing, warn: nothing, error: nothing } };
}
