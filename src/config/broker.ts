import { BROKER_TRAITS } from '../core/broker-traits';
import type { BrokerKind } from '../core/message';
import type { Config } from './schema';

type BrokerConfig = Pick<Config, 'broker' | 'kafka' | 'pubsub'>;

/** Whether the broker runs inside this process and ends with it. */
export function livesInProcess({ broker, kafka }: Pick<Config, 'broker' | 'kafka'>): boolean {
  return BROKER_TRAITS[broker].livesInProcess(kafka.embedded);
}

/** Whether readers need a subscription, which has to exist before a message is published. */
export function readsBySubscription({ broker }: Pick<Config, 'broker'>): boolean {
  return BROKER_TRAITS[broker].readsBy === 'subscription';
}

/** Servers of the Kafka cluster. */
export function kafkaServers({ kafka }: Pick<Config, 'kafka'>): string {
  return kafka.properties['bootstrap.servers'] ?? 'localhost:9092';
}

const CLUSTERS: Readonly<Record<BrokerKind, (config: BrokerConfig, env: NodeJS.ProcessEnv) => string>> = {
  memory: () => 'memory',
  kafka: (config) => `kafka ${kafkaServers(config).split(',').sort().join()}`,
  pubsub: ({ pubsub }, env) => {
    const project = pubsub.project ?? env['GOOGLE_CLOUD_PROJECT'] ?? '';
    return `pubsub ${env['PUBSUB_EMULATOR_HOST'] ?? 'google'} ${project}`;
  },
};

/** Identifies the cluster or project: topics of the same name elsewhere are other topics. */
export function clusterOf(config: BrokerConfig, env: NodeJS.ProcessEnv = process.env): string {
  return CLUSTERS[config.broker](config, env);
}
