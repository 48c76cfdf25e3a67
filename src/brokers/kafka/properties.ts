/** librdkafka properties: ours and the user's, and whether librdkafka takes them one by one. */
import { messageOf } from '../../core/errors';
import type { SourceOptions } from '../../core/ports';
import { createProducer, type NativeSdk } from './native';
import { throwIfAny } from './issues';
import { shown, withoutSecrets } from './secrets';
import { serverProblems } from './servers';
import type { KafkaSettings } from './settings';

type Given = Readonly<Record<string, string>>;

/** `key=value` pairs as `-X` takes them. Throws CONFIG_INVALID with all that are none, without what may be a secret. */
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

/** Asks librdkafka whether it knows each property and takes its value. Throws CONFIG_INVALID with all it does not. */
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

/** @param instance what `group.instance.id` of a member of a group begins with */
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
    // For a position that is not there (any more): what is left is read. Where a new group begins is looked up before.
    'auto.offset.reset': 'earliest',
    // Half the memory at the same speed, but only together: a full queue backs off for a second otherwise.
    'queued.max.messages.kbytes': '8192',
    'fetch.queue.backoff.ms': '10',
    // A connection that is dead without a word holds up a rebalance for so long, until its last fetch is given up.
    'socket.timeout.ms': '30000',
    // A topic that was deleted is noticed so soon and not after 5 min: made again, its offsets begin anew.
    'topic.metadata.refresh.interval.ms': '10000',
    ...(options.group === null
      ? readerProperties()
      : memberProperties(settings, options.group, staticName(instance, options.topic))),
    ...settings.properties,
  };
}

/**
 * For a reader that assigns itself its partitions and tells of each one's end.
 *
 * @param memory group under which it commits, by hand; null commits nothing
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

/** A reader on its own: librdkafka wants a group id all the same, and never uses this one. */
function readerProperties(): Given {
  return { 'group.id': `stream-infer-reader-${crypto.randomUUID()}`, 'enable.auto.commit': 'false' };
}

/**
 * With the topic in it: Kafka gives a static member that comes back under its old name its old partitions without asking
 * what it reads now, and one that was restarted for another topic would get none of them.
 */
function staticName(instance: string | undefined, topic: string): string | undefined {
  return instance === undefined ? undefined : `${instance}-${topic}`;
}

function memberProperties(settings: KafkaSettings, group: string, instance: string | undefined): Given {
  const shared = { 'group.id': group, 'enable.auto.commit': 'true', 'auto.commit.interval.ms': '200' };
  // KIP-848: the broker assigns and times out; and it refuses a static member that comes back soon.
  if (usesNewProtocol(settings)) return { ...shared, 'group.protocol': 'consumer' };
  return {
    ...shared,
    'partition.assignment.strategy': 'cooperative-sticky',
    'session.timeout.ms': '45000',
    // Members hear of a rebalance with their heartbeat: with the usual 3 s, partitions lie idle for 3 s.
    'heartbeat.interval.ms': '1000',
    ...(instance === undefined ? {} : { 'group.instance.id': instance }),
  };
}

/** The mock cluster's classic groups break with two members. */
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
    'compression.codec': features.includes('lz4') ? 'lz4' : 'none',
    // So that the retry loop above this sees a broker that is away, and a dead connection is left before that.
    'delivery.timeout.ms': '30000',
    'request.timeout.ms': '15000',
    'queue.buffering.max.kbytes': '262144',
    // Only the broker knows its limit; a dead letter is somewhat larger than its message.
    'message.max.bytes': String(MAX_MESSAGE_BYTES),
    'topic.metadata.propagation.max.ms': '5000',
    ...settings.properties,
  };
}

/** How long a transaction may stay open, ms; readers of committed messages wait so long behind a dead process. */
const TRANSACTION_TIMEOUT = '15000';

/** A transaction is a batch already: what waited here would only hold up its commit. */
const TRANSACTION_LINGER = '0';

/** @param id `transactional.id`: the same after a restart, so that what was left open is aborted then */
export function transactionalProperties(
  settings: KafkaSettings,
  clientId: string,
  features: readonly string[],
  id: string,
): Given {
  const properties = producerProperties(settings, clientId, features);
  const timeout = properties['transaction.timeout.ms'] ?? TRANSACTION_TIMEOUT;
  // 0 is for ever.
  const delivery = Math.min(Number(timeout), Number(properties['delivery.timeout.ms']) || Infinity);
  return {
    // A broker that still writes the markers of the last transaction asks to come again; the usual 100 ms would be most
    // of the latency. It doubles from try to try.
    'retry.backoff.ms': '5',
    'linger.ms': TRANSACTION_LINGER,
    ...properties,
    'transactional.id': id,
    'transaction.timeout.ms': timeout,
    // A message may not outlive its transaction.
    'delivery.timeout.ms': String(delivery),
  };
}

/** What the client itself takes at most, bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export function adminProperties(settings: KafkaSettings, clientId: string): Given {
  return { ...commonProperties(clientId), ...settings.properties };
}

function commonProperties(clientId: string): Given {
  return {
    'client.id': clientId,
    'reconnect.backoff.max.ms': '1000',
    'socket.keepalive.enable': 'true',
    // The bootstrap servers are asked again after so long without an answer of any broker; the usual are 5 min.
    'metadata.recovery.rebootstrap.trigger.ms': '10000',
    'statistics.interval.ms': '1000',
  };
}
