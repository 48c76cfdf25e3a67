import { createMemoryBroker } from '../../src/brokers/memory/broker';
import type { OutgoingMessage } from '../../src/core/message';
import { brokerContract, type BrokerHarness } from '../../src/testing';
import { silentContext } from '../helpers/broker-context';

const REDELIVER_MS = 1_500;

const harness: BrokerHarness = {
  name: 'memory',
  capabilities: {
    partitions: true,
    orderWithinPartition: true,
    tombstones: true,
    duplicateHeaders: true,
    binaryHeaders: true,
    keepsTimestamp: true,
    past: true,
    lag: true,
    missingTopics: false,
    countsAttempts: true,
    burst: 5_000,
    redeliverMs: REDELIVER_MS,
    largeValueBytes: 8 * 1024 * 1024,
    refusedValueBytes: null,
  },
  async start() {},
  async stop() {},
  async createBroker() {
    return createMemoryBroker(
      { partitions: 4, retention: 10_000, redeliverAfterMs: REDELIVER_MS },
      silentContext(),
    );
  },
  async publishTombstone(broker, topic, key) {
    const sink = broker.createSink();
    // The port cannot publish tombstones, but a topic can contain them.
    const tombstone = { key, value: null, headers: [] } as unknown as OutgoingMessage;
    await sink.publish(topic, [tombstone]);
    await sink.close();
  },
};

brokerContract(harness);
