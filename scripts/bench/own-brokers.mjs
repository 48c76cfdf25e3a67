// The brokers of the tests, for measurements: Apache Kafka (Java and Maven) and Google's Pub/Sub fake (Go).
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELPERS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'test', 'helpers');
const require = createRequire(import.meta.url);

/** The JVM options of Kafka's own scripts; the options of the tests start fast but run slowly. */
const JVM = [
  ...['-server', '-Xms1G', '-Xmx1G', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
];

/** Uses the given Kafka or starts one; `close` stops only a started one. */
export async function kafkaFor(servers) {
  if (servers !== undefined) return { servers, close: async () => undefined };
  const server = await startKafka(JVM);
  return { servers: server.bootstrapServers, close: () => server.close() };
}

/** A started Apache Kafka, as the tests use it unless other options of the JVM are given. */
export async function startKafka(jvm) {
  const { KafkaServer } = helper('kafka.ts');
  console.error('starting Apache Kafka');
  return await KafkaServer.create({}, undefined, jvm);
}

/** Uses the emulator at PUBSUB_EMULATOR_HOST or starts the fake. Sets that variable for the clients in this process. */
export async function pubsubFor() {
  if (process.env.PUBSUB_EMULATOR_HOST) return { name: 'emulator', close: async () => undefined };
  const { PubsubFake } = helper('pubsub.ts');
  console.error("starting Google's Pub/Sub fake");
  const fake = new PubsubFake();
  await fake.start();
  process.env.PUBSUB_EMULATOR_HOST = fake.address;
  return { name: 'fake', close: () => fake.kill() };
}

function helper(file) {
  require(join(HELPERS, 'typescript.cjs'));
  return require(join(HELPERS, file));
}
