import { join } from 'node:path';
import type { KafkaSettings } from '../brokers/kafka/settings';
import type { PubsubSettings } from '../brokers/pubsub/settings';
import { createBroker } from '../brokers/registry';
import type { Config } from '../config/schema';
import { inputSubscription } from '../config/topics';
import type { Broker, Log } from '../core/ports';
import type * as plain from '../schema-registry/plain-predictions';
import { dataFolder } from './data-folder';

/** Messages in a partition of the memory broker before publishers have to wait. */
const MEMORY_RETENTION = 20_000;
const DEFAULT_PARTITIONS = 4;

/** Creates the configured broker; it connects later. Its readers of predictions receive JSON. */
export async function connect(
  config: Config,
  instanceId: string,
  log: Log,
  kind: string = config.broker,
): Promise<Broker> {
  const settings = {
    kafka: kafkaSettings(config),
    pubsub: pubsubSettings(config),
    memory: { partitions: DEFAULT_PARTITIONS, retention: MEMORY_RETENTION, redeliverAfterMs: 60_000 },
  };
  const broker = await createBroker(kind, settings, { instanceId, log });
  const { schema, topic } = config.output;
  if (schema === undefined) return broker;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is off by default
  const { withPlainPredictions } = require('../schema-registry/plain-predictions') as typeof plain;
  return await withPlainPredictions(broker, topic, schema);
}

export function kafkaSettings({ kafka, delivery }: Config): KafkaSettings {
  return {
    ...kafka,
    properties: { 'bootstrap.servers': 'localhost:9092', ...kafka.properties },
    transactions: delivery === 'exactly-once',
  };
}

function pubsubSettings(config: Config): PubsubSettings {
  const { project } = config.pubsub;
  const effectivelyOnce = {
    subscription: inputSubscription(config),
    folder: join(dataFolder(), 'published'),
  };
  return {
    ...(project !== undefined && { project }),
    ...(config.delivery === 'exactly-once' && { effectivelyOnce }),
  };
}
