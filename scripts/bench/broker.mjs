// The Kafka of a measurement.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);

/** The one at these addresses, or for none an Apache Kafka of our own; `close` ends that. */
export async function brokerFor(servers) {
  if (servers !== undefined) return { servers, close: async () => undefined };
  // The one of the tests: fetched by Maven once.
  require(join(ROOT, 'test', 'helpers', 'typescript.cjs'));
  const { KafkaServer } = require(join(ROOT, 'test', 'helpers', 'kafka.ts'));
  console.error('starting Apache Kafka');
  const server = await KafkaServer.create();
  return { servers: server.bootstrapServers, close: () => server.close() };
}
