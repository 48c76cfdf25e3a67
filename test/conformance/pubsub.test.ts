import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import { silentContext } from '../helpers/broker-context';
import { describeWith } from '../helpers/parts';
import { PubsubFake } from '../helpers/pubsub';
import { brokerContract, type BrokerHarness } from '../../src/testing';

const fake = new PubsubFake();

const harness: BrokerHarness = {
  name: 'pubsub',
  capabilities: {
    partitions: false,
    orderWithinPartition: false,
    tombstones: false,
    duplicateHeaders: false,
    binaryHeaders: false,
    keepsTimestamp: false,
    past: false,
    lag: false,
    missingTopics: true,
    countsAttempts: false,
    // The fake scans all its messages for each one that it delivers.
    burst: 400,
    redeliverMs: null,
    largeValueBytes: 8 * 1024 * 1024,
    refusedValueBytes: 10_000_001,
  },
  async start() {
    await fake.start();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
  },
  async stop() {
    delete process.env['PUBSUB_EMULATOR_HOST'];
    await fake.kill();
  },
  createBroker: async () => createPubsubBroker({}, silentContext()),
  restart: () => fake.restart(),
};

describeWith(['go'], 'against the Pub/Sub fake', () => {
  brokerContract(harness);
});
