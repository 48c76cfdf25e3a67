/** librdkafka properties: ours, the user's, and which of the user's would break a promise. */
import { messageOf } from '../../core/errors';
import type { SourceOptions } from '../../core/ports';
import { createProducer, type NativeSdk } from './native';
import { throwIfAny } from './issues';
import type { KafkaSettings } from './settings';

export { parseClientProperties } from './client-properties';

type Given = Readonly<Record<string, string>>;

/** `key=value` pairs as `-X` takes them. Throws CONFIG_INVALID with all that are none. */
export function parseKafkaOverrides(pairs: readonly string[]): Record<string, string> {
  const issues: string[] = [];
  const properties: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at).trim();
    if (at <= 0 || key === '')
      issues.push(`"${pair}": expected key=value, for example -X security.protocol=SASL_SSL`);
    else properties[key] = pair.slice(at + 1).trim();
  }
  throwIfAny('Kafka properties', issues);
  return properties;
}

interface Rule {
  readonly keys: readonly string[];
  /** Values that are fine; none means that the property is never the user's. */
  readonly allowed?: readonly string[];
  readonly remedy: string;
}

const TRUE = ['true', 't', '1'];
const FALSE = ['false', 'f', '0'];

const RULES: readonly Rule[] = [
  {
    keys: ['enable.auto.offset.store'],
    allowed: FALSE,
    remedy: 'offsets may be stored only after the predictions are confirmed; remove it',
  },
  {
    keys: ['enable.auto.commit', 'auto.commit.enable'],
    allowed: TRUE,
    remedy: 'stored offsets would never be committed; remove it',
  },
  {
    keys: ['auto.commit.interval.ms'],
    remedy: 'it decides how many duplicates follow a crash and is 200 ms here; remove it',
  },
  { keys: ['enable.idempotence'], allowed: TRUE, remedy: 'retries would publish twice; remove it' },
  {
    keys: ['acks', 'request.required.acks'],
    allowed: ['all', '-1'],
    remedy: 'a confirmed prediction could be lost; use acks=all',
  },
  {
    keys: ['isolation.level'],
    allowed: ['read_committed'],
    remedy: 'messages of aborted transactions would be read; remove it',
  },
  {
    keys: ['partition.assignment.strategy'],
    allowed: ['cooperative-sticky'],
    remedy: 'rebalances are handled as incremental ones; use cooperative-sticky',
  },
  {
    keys: ['auto.offset.reset', 'enable.partition.eof'],
    remedy: 'it is set for each reader; use the option "from" instead',
  },
  {
    keys: ['check.crcs'],
    allowed: FALSE,
    // rdkafka_msgset_reader.c skips to a length instead of a position then, and reads an offset out of what it finds.
    remedy: 'librdkafka (2.15) loses its place in the partition after a damaged batch; remove it',
  },
  { keys: ['group.id'], remedy: 'use --group (input.group in the configuration file)' },
  { keys: ['group.instance.id'], remedy: 'it is the instance id; use --instance-id' },
  { keys: ['transactional.id'], remedy: 'stream-infer sets it itself where it uses transactions; remove it' },
  {
    keys: ['statistics.interval.ms'],
    remedy: 'the status of the connection is taken from the statistics; remove it',
  },
  { keys: ['test.mock.num.brokers'], remedy: 'use --embedded' },
  {
    keys: [
      'dr_cb',
      'dr_msg_cb',
      'event_cb',
      'rebalance_cb',
      'offset_commit_cb',
      'queue_non_empty_cb',
      'oauthbearer_token_refresh_cb',
    ],
    remedy: 'it is a callback, not a value; remove it',
  },
];

/** Refuses what would break a delivery promise. Throws CONFIG_INVALID with every key, value and remedy. */
export function assertKeepsPromises(properties: Given): void {
  const issues: string[] = [];
  for (const { keys, allowed, remedy } of RULES) {
    for (const key of keys) {
      const value = properties[key];
      if (value !== undefined && !(allowed ?? []).includes(value.toLowerCase()))
        issues.push(`${key}=${value}: ${remedy}`);
    }
  }
  throwIfAny('Kafka properties that break a delivery promise', issues);
}

/** Asks librdkafka whether it knows each property and takes its value. Throws CONFIG_INVALID with all it does not. */
export function validateProperties(sdk: NativeSdk, properties: Given): void {
  const issues = Object.entries(properties).flatMap(([key, value]) => {
    // librdkafka takes it and then waits for a broker for ever.
    if (key === 'bootstrap.servers' && value.trim() === '') return [`${key}: it names no broker`];
    try {
      createProducer(sdk, { [key]: value });
      return [];
    } catch (error) {
      return [`${key}=${isSecret(key) ? '…' : value}: ${messageOf(error)}`];
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
  return settings.embedded || settings.properties['group.protocol'] === 'consumer';
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
    // So that the retry loop above this sees a broker that is away.
    'delivery.timeout.ms': '30000',
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
  const delivery = Math.min(Number(timeout), Number(properties['delivery.timeout.ms']));
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

/** The value must not show up in an error or a log. */
export function isSecret(key: string): boolean {
  return /password|secret|\.pem$|jaas/.test(key);
}
