/** librdkafka properties: defaults and the user's, and their validation by librdkafka. */
import { messageOf } from '../../core/errors';
import type { SourceOptions } from '../../core/ports';
import { eventHubsHost } from './identity/cloud';
import { createProducer, type NativeSdk } from './native';
import { throwIfAny } from './issues';
import { shown, withoutSecrets } from './secrets';
import { serverProblems } from './servers';
import type { KafkaSettings } from './settings';

type Given = Readonly<Record<string, string>>;

/** Parses the `key=value` pairs of `-X`. Throws CONFIG_INVALID with all invalid pairs, without possible secrets. */
export function parseKafkaOverrides(pairs: readonly string[]): Record<string, string> {
  const issues: string[] = [];
  const properties: Record<string, string> = {};
  for (const [index, pair] of pairs.entries()) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at).trim();
    if (at <= 0 || key === '')
      issues.push(`-X number ${index + 1}: expected key=value, for example -X security.protocol=SASL_SSL`);
    else properties[key] = pair.slice(at + 1).trim();
  }
  throwIfAny('Kafka properties', issues);
  return properties;
}

/** Validates each property and its value with librdkafka. Throws CONFIG_INVALID with all rejected ones. */
export function validateProperties(sdk: NativeSdk, properties: Given): void {
  const issues = Object.entries(properties).flatMap(([key, value]) => {
    if (key === 'bootstrap.servers' || key === 'metadata.broker.list') {
      return serverProblems(value, properties['security.protocol']).map((problem) => `${key}: ${problem}`);
    }
    try {
      createProducer(sdk, { [key]: value });
      return [];
    } catch (error) {
      return [`${shown(key, value)}: ${withoutSecrets(messageOf(error), properties)}`];
    }
  });
  throwIfAny('Kafka properties', issues);
}

/** @param instance prefix of the `group.instance.id` of a group member */
export function consumerProperties(
  settings: KafkaSettings,
  options: SourceOptions,
  clientId: string,
  instance?: string,
): Given {
  return {
    ...commonProperties(clientId),
    'enable.auto.offset.store': 'false',
    'isolation.level': 'read_committed',
    'allow.auto.create.topics': 'false',
    // For a position that no longer exists: reads the remaining messages. The start of a new group is determined
    // before.
    'auto.offset.reset': 'earliest',
    // Half the memory at the same speed, but only together: otherwise a full queue backs off for a second.
    'queued.max.messages.kbytes': '8192',
    'fetch.queue.backoff.ms': '10',
    // A silently dead connection delays a rebalance for this time, until its last fetch is given up.
    'socket.timeout.ms': '30000',
    // A deleted topic is noticed within this time instead of 5 min: when it is recreated, its offsets restart.
    'topic.metadata.refresh.interval.ms': '10000',
    ...(options.group === null
      ? readerProperties()
      : memberProperties(settings, options.group, staticName(instance, options.topic))),
    ...settings.properties,
  };
}

/**
 * For a reader that assigns itself its partitions and is notified of the end of each.
 *
 * @param memory group under which it commits, manually; null commits nothing
 */
export function scanProperties(settings: KafkaSettings, clientId: string, memory: string | null): Given {
  const options = { topic: '', group: null, from: 'earliest', maxInFlight: 1, maxInFlightBytes: 1 } as const;
  return {
    ...consumerProperties(settings, options, clientId),
    ...(memory === null ? {} : { 'group.id': memory }),
    'enable.auto.commit': 'false',
    'enable.partition.eof': 'true',
  };
}

/** For a standalone reader: librdkafka requires a group id, but never uses this one. */
function readerProperties(): Given {
  return { 'group.id': `stream-infer-reader-${crypto.randomUUID()}`, 'enable.auto.commit': 'false' };
}

/**
 * Contains the topic. Kafka returns the old partitions to a static member that rejoins, without checking its topics.
 * A member restarted for another topic would get none of its partitions.
 */
function staticName(instance: string | undefined, topic: string): string | undefined {
  return instance === undefined ? undefined : `${instance}-${topic}`;
}

function memberProperties(settings: KafkaSettings, group: string, instance: string | undefined): Given {
  const shared = { 'group.id': group, 'enable.auto.commit': 'true', 'auto.commit.interval.ms': '200' };
  // KIP-848: the broker assigns and sets time-outs, and it refuses a static member that rejoins soon.
  if (usesNewProtocol(settings)) return { ...shared, 'group.protocol': 'consumer' };
  return {
    ...shared,
    'partition.assignment.strategy': 'cooperative-sticky',
    'session.timeout.ms': '45000',
    // Members learn of a rebalance with their heartbeat: with the default of 3 s, partitions are idle for 3 s.
    'heartbeat.interval.ms': '1000',
    ...(instance === undefined ? {} : { 'group.instance.id': instance }),
  };
}

/** The mock cluster's classic groups fail with two members. */
function usesNewProtocol(settings: KafkaSettings): boolean {
  return settings.embedded || settings.properties['group.protocol']?.toLowerCase() === 'consumer';
}

export function producerProperties(
  settings: KafkaSettings,
  clientId: string,
  features: readonly string[],
): Given {
  return {
    ...commonProperties(clientId),
    'enable.idempotence': 'true',
    acks: 'all',
    'compression.codec': defaultCodec(settings, features),
    // So that the caller's retry loop notices an unreachable broker, and a dead connection is closed before that.
    'delivery.timeout.ms': '30000',
    'request.timeout.ms': '15000',
    'queue.buffering.max.kbytes': '262144',
    // Only the broker knows its limit; a dead letter is somewhat larger than its message.
    'message.max.bytes': String(MAX_MESSAGE_BYTES),
    'topic.metadata.propagation.max.ms': '5000',
    ...settings.properties,
  };
}

/** Event Hubs knows no codec but gzip, and that only in its higher tiers. */
function defaultCodec({ properties }: KafkaSettings, features: readonly string[]): string {
  const isEventHubs = eventHubsHost(properties['bootstrap.servers'] ?? '') !== undefined;
  return features.includes('lz4') && !isEventHubs ? 'lz4' : 'none';
}

/** How long a transaction may stay open, ms; after a crash, readers of committed messages wait this long. */
const TRANSACTION_TIMEOUT = '15000';

/** A transaction is already a batch: waiting here would only delay its commit. */
const TRANSACTION_LINGER = '0';

/** @param id `transactional.id`: the same after a restart, so that an open transaction is aborted then */
export function transactionalProperties(
  settings: KafkaSettings,
  clientId: string,
  features: readonly string[],
  id: string,
): Given {
  const properties = producerProperties(settings, clientId, features);
  const timeout = properties['transaction.timeout.ms'] ?? TRANSACTION_TIMEOUT;
  // 0 means no limit.
  const delivery = Math.min(Number(timeout), Number(properties['delivery.timeout.ms']) || Infinity);
  return {
    // A broker that still writes the markers of the last transaction requests a retry; the default of 100 ms would be
    // most of the latency. It doubles with each retry.
    'retry.backoff.ms': '5',
    'linger.ms': TRANSACTION_LINGER,
    ...properties,
    'transactional.id': id,
    'transaction.timeout.ms': timeout,
    // A message must not outlive its transaction.
    'delivery.timeout.ms': String(delivery),
  };
}

/** Largest message that the client itself accepts, bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export function adminProperties(settings: KafkaSettings, clientId: string): Given {
  return { ...commonProperties(clientId), ...settings.properties };
}

function commonProperties(clientId: string): Given {
  return {
    'client.id': clientId,
    'reconnect.backoff.max.ms': '1000',
    'socket.keepalive.enable': 'true',
    // The bootstrap servers are queried again after this time without any answer; the default is 5 min.
    'metadata.recovery.rebootstrap.trigger.ms': '10000',
    'statistics.interval.ms': '1000',
  };
}
