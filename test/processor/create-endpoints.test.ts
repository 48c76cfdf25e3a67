import { createEndpoints } from '../../src/processor/create-endpoints';
import { createOutcomeEncoder } from '../../src/setup/outcome-encoder';
import { createMemoryBroker } from '../../src/brokers/memory/broker';
import { parseConfig } from '../../src/config/load';
import type { Broker, SourceOptions } from '../../src/core/ports';
import { silentContext } from '../helpers/broker-context';
import { silentLog } from '../helpers/log';

function leased(inference: { maxBatch?: number; maxInFlight?: number }, maxDeliveries = Infinity): number {
  const memory = createMemoryBroker(
    { partitions: 1, retention: 9, redeliverAfterMs: 9_000 },
    silentContext(),
  );
  const asked: SourceOptions[] = [];
  const broker: Broker = {
    ...memory,
    createSource: (options) => (asked.push(options), memory.createSource(options)),
  };
  const encode = createOutcomeEncoder(parseConfig({}).config, () => null as never);
  const common = { encode, log: silentLog, signal: new AbortController().signal };
  createEndpoints(broker, parseConfig({ inference }).config, common, { parallelism: 2, maxDeliveries });
  return asked[0]?.maxLeased ?? 0;
}

it('leases a few batches per worker, because messages returned unread count as failed deliveries', () => {
  expect(leased({ maxBatch: 256 })).toBe(4 * 256 * 2);
  expect(leased({ maxBatch: 1 })).toBe(256);
});

it('leases no more messages than the run will take', () => {
  expect(leased({ maxBatch: 256 }, 10)).toBe(10);
});
