import { createMemoryBroker as createAdapter } from '../brokers/memory/broker';
import type { MemorySettings } from '../brokers/memory/settings';
import type { Broker } from '../core/ports';

const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * A broker inside this process, for tests, with real partitions, groups, redelivery and back-pressure.
 * `connectBroker({ kind: 'adapter', adapter })` creates producers and consumers on it. Defaults: four partitions of 20,000
 * messages, and redelivery of unsettled messages after a minute.
 */
export function createMemoryBroker(settings: Partial<MemorySettings> = {}): Broker {
  const { partitions = 4, retention = 20_000, redeliverAfterMs = 60_000 } = settings;
  return createAdapter({ partitions, retention, redeliverAfterMs }, { instanceId: 'test', log: SILENT });
}
