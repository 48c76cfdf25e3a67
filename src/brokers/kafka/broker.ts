import type { Broker, SourceOptions } from '../../core/ports';
import type { ScanOptions } from '../../core/topic-scan';
import type { BrokerContext } from '../context';
import { Reach } from '../reach';
import { KafkaAdmin } from './admin';
import { withoutAliases } from './aliases';
import { loadKafka } from './client';
import { EmbeddedCluster } from './embedded';
import { authenticate } from './identity/authenticate';
import { withoutTokens } from './identity/authenticated-sdk';
import { planIdentity } from './identity/plan';
import { InstanceNames } from './instance-names';
import type { Properties } from './native';
import {
  adminProperties,
  consumerProperties,
  producerProperties,
  scanProperties,
  transactionalProperties,
  validateProperties,
} from './properties';
import { assertKeepsPromises } from './promises';
import { KafkaScan } from './scan';
import type { KafkaSettings } from './settings';
import { KafkaSink } from './sink';
import type { Companion } from './companion';
import { KafkaSource } from './source';
import { KafkaTransactions } from './transactions';
import { tryClients } from './probe-clients';

export interface KafkaBroker extends Broker {
  /** `host:port` of the embedded cluster once it runs; otherwise `bootstrap.servers`. */
  readonly address?: string;
  /** Starts the embedded cluster, which otherwise starts on first use. Without one it does nothing. */
  start(): Promise<void>;
}

/**
 * Kafka through librdkafka. Does not connect yet.
 *
 * @throws DEPENDENCY_MISSING without the native add-on, CONFIG_INVALID for properties that are unknown or break a
 * delivery guarantee
 */
export function createKafkaBroker(given: KafkaSettings, context: BrokerContext): KafkaBroker {
  assertKeepsPromises(given.properties);
  const { instanceId, log, staticMembers = true } = context;
  const { sdk, settings: planned, tokens } = authenticate(given, loadKafka(), log);
  validateProperties(sdk, planned.properties);
  const settings = oneNameEach(planned);
  const cluster = settings.embedded ? new EmbeddedCluster(sdk, log) : undefined;
  const address =
    cluster === undefined ? (settings.properties['bootstrap.servers'] ?? '') : 'the embedded cluster';
  const reach = new Reach('Kafka', log, () => tokens?.trouble !== undefined);
  const names = new InstanceNames(instanceId);
  const open = new Set<{ close(): Promise<void> }>();
  const start = async (): Promise<Properties> =>
    cluster === undefined ? {} : { 'bootstrap.servers': await cluster.start() };

  const createSource = (
    options: SourceOptions,
    name: string | undefined,
    properties: Properties,
    companion?: Companion,
  ): KafkaSource => {
    const onClose = (source: KafkaSource): void => {
      open.delete(source);
      if (options.group !== null && name !== undefined) names.giveBack(options.group, name);
    };
    // The mock cluster reports too little about its topics.
    const observer = cluster === undefined ? { observer: scanProperties(settings, instanceId, null) } : {};
    const common = { sdk, source: options, properties, start, address, log, reach, onClose, ...observer };
    const source = new KafkaSource(companion === undefined ? common : { ...common, companion });
    open.add(source);
    return source;
  };

  const createTransactions = (options: SourceOptions): KafkaTransactions => {
    const group = options.group as string;
    const name = names.take(group);
    const consumer = {
      ...consumerProperties(settings, options, instanceId, name),
      'enable.auto.commit': 'false',
    };
    const id = `${group}-${options.topic}-${name}`;
    const properties = transactionalProperties(settings, instanceId, sdk.features, id);
    return new KafkaTransactions({
      sdk,
      properties,
      address,
      topic: options.topic,
      log,
      createSource: (companion) => createSource(options, name, consumer, companion),
    });
  };

  return {
    get address() {
      return cluster === undefined ? address : (cluster.address as string);
    },
    ...(cluster === undefined && { reach }),
    async start() {
      await start();
    },
    createSource(options: SourceOptions) {
      const name = options.group === null || !staticMembers ? undefined : names.take(options.group);
      return createSource(options, name, consumerProperties(settings, options, instanceId, name));
    },
    // Not supported by the mock cluster.
    ...(cluster === undefined && { createTransactions }),
    createSink() {
      const properties = producerProperties(settings, instanceId, sdk.features);
      const onClose = (sink: KafkaSink): void => void open.delete(sink);
      const sink = new KafkaSink({ sdk, properties, start, address, log, reach, onClose });
      open.add(sink);
      return sink;
    },
    createAdmin() {
      if (cluster !== undefined) return cluster.createAdmin();
      const onClose = (admin: KafkaAdmin): void => void open.delete(admin);
      const admin = new KafkaAdmin({
        sdk,
        properties: adminProperties(settings, instanceId),
        address,
        log,
        reach,
        onClose,
      });
      open.add(admin);
      return admin;
    },
    createScan(options: ScanOptions) {
      const properties = scanProperties(settings, instanceId, options.memory);
      const onClose = (scan: KafkaScan): void => void open.delete(scan);
      const scan = new KafkaScan({ sdk, scan: options, properties, start, address, log, onClose });
      open.add(scan);
      return scan;
    },
    ...(tokens !== undefined && { identity: () => tokens.describe() }),
    async close() {
      // Consumers before producers; the cluster last.
      const sources = [...open].filter((one) => one instanceof KafkaSource || one instanceof KafkaScan);
      await Promise.all(sources.map((source) => source.close()));
      await Promise.all([...open].map((one) => one.close()));
      tokens?.close();
      await cluster?.stop();
    },
  };
}

/**
 * Also creates probe clients: librdkafka refuses some combinations of properties only when a client is created.
 *
 * @throws CONFIG_INVALID for these as well, and DEPENDENCY_MISSING without the package of an identity
 */
export async function createProbedKafkaBroker(
  given: KafkaSettings,
  context: BrokerContext,
): Promise<KafkaBroker> {
  const broker = createKafkaBroker(given, context);
  const { properties, provider } = planIdentity(given);
  await provider?.load();
  const sdk = provider === undefined ? loadKafka() : withoutTokens(loadKafka());
  await tryClients(sdk, oneNameEach({ ...given, properties }));
  return broker;
}

function oneNameEach(settings: KafkaSettings): KafkaSettings {
  return { ...settings, properties: withoutAliases(settings.properties) };
}
