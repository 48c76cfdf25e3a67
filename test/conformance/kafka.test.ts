/** The broker contract against Apache Kafka and against librdkafka's mock cluster in this process. */
import { createKafkaBroker, type KafkaBroker } from '../../src/brokers/kafka/broker';
import { connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { createProducer } from '../../src/brokers/kafka/native';
import { brokerContract, type BrokerCapabilities, type BrokerHarness } from '../../src/testing';
import { silentContext } from '../helpers/broker-context';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

const CAPABILITIES: BrokerCapabilities = {
  partitions: true,
  orderWithinPartition: true,
  tombstones: true,
  duplicateHeaders: true,
  binaryHeaders: true,
  keepsTimestamp: true,
  past: true,
  lag: true,
  missingTopics: true,
  countsAttempts: false,
  redeliverMs: null,
  burst: 5_000,
  largeValueBytes: 900_000,
  // The client's own limit; the mock cluster has none.
  refusedValueBytes: 17 * 1024 * 1024,
};

let server: KafkaServer | undefined;

const real: BrokerHarness = {
  name: 'kafka',
  capabilities: CAPABILITIES,
  async start() {
    server = await KafkaServer.create();
  },
  async stop() {
    await server?.close();
  },
  async createBroker() {
    // A static member that leaves keeps its partitions for this long.
    const properties = { 'bootstrap.servers': server?.bootstrapServers ?? '', 'session.timeout.ms': '6000' };
    return createKafkaBroker({ properties, embedded: false }, silentContext());
  },
  publishTombstone: async (_broker, topic, key) =>
    publishTombstone(server?.bootstrapServers ?? '', topic, key),
  restart: async () => server?.restart(),
};

const embedded: BrokerHarness = {
  name: 'embedded kafka',
  capabilities: { ...CAPABILITIES, missingTopics: false },
  async start() {},
  async stop() {},
  createBroker: async () => createKafkaBroker({ properties: {}, embedded: true }, silentContext()),
  publishTombstone: async (broker, topic, key) =>
    publishTombstone((broker as KafkaBroker).address ?? '', topic, key),
};

/** The sink cannot publish tombstones, but a topic can contain them. */
async function publishTombstone(address: string, topic: string, key: string): Promise<void> {
  const producer = createProducer(loadKafka(), { 'bootstrap.servers': address });
  await connectClient(producer);
  producer.setPollInBackground(true);
  const reported = new Promise((resolve) => producer.once('delivery-report', resolve));
  producer.produce(topic, null, null, key);
  await reported;
  await disconnectClient(producer);
}

describeWith(['java', 'maven', 'kafka-addon'], 'Apache Kafka', () => brokerContract(real));
describeWith(['kafka-addon'], "librdkafka's mock cluster", () => brokerContract(embedded));
