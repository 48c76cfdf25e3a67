/** Validates all properties together: librdkafka refuses many combinations only when it creates a client. */
import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { LibrdKafkaError, NativeConsumer, NativeProducer, NativeSdk, Properties } from './native';
import { throwIfAny } from './issues';
import { createConsumer, createProducer, createTransactionalProducer } from './native';
import { consumerProperties, producerProperties, transactionalProperties } from './properties';
import { shown, withoutSecrets } from './secrets';
import type { KafkaSettings } from './settings';

type Client = NativeConsumer | NativeProducer;
type Given = Readonly<Record<string, string>>;

/** Used in place of a topic and a group that no broker ever sees. */
const NAME = 'stream-infer-probe';

/**
 * Creates each client for these settings, without brokers, so that nothing connects, and ends it again. Takes
 * milliseconds. Rejects with CONFIG_INVALID and librdkafka's errors.
 */
export async function tryClients(sdk: NativeSdk, settings: KafkaSettings): Promise<void> {
  const source = { topic: NAME, group: NAME, from: 'earliest', maxInFlight: 1, maxInFlightBytes: 1 } as const;
  const consumer = consumerProperties(settings, source, NAME, NAME);
  const producer = producerProperties(settings, NAME, sdk.features);
  const trials = [
    refusal(consumer, (properties) => createConsumer(sdk, properties)),
    refusal(producer, (properties) => createProducer(sdk, properties)),
  ];
  if (settings.transactions) {
    const transactional = transactionalProperties(settings, NAME, sdk.features, NAME);
    trials.push(refusal(transactional, (properties) => createTransactionalProducer(sdk, properties)));
  }
  const refusals = (await Promise.all(trials)).filter((text) => text !== undefined);
  throwIfAny('Kafka properties', [...new Set(refusals)]);
}

/** Without bootstrap.servers nothing connects. The debug output of these clients would mislead. */
const LEFT_OUT = ['bootstrap.servers', 'debug'];

async function refusal(
  properties: Given,
  create: (properties: Properties) => Client,
): Promise<string | undefined> {
  const kept = Object.entries(properties).filter(([key]) => !LEFT_OUT.includes(key));
  const error = await failureToMake(create(Object.fromEntries(kept)));
  return error === undefined ? undefined : explained(error.message, properties);
}

/** A created client reports a missing broker, which also ends it. */
function failureToMake(client: Client): Promise<LibrdKafkaError | undefined> {
  return new Promise((resolve) => {
    let made = false;
    (client as EventEmitter).once('connection.failure', () => (made = true));
    client.connect({ allTopics: false, timeout: 1 }, (error: LibrdKafkaError | null | undefined) =>
      resolve(made || !error ? undefined : error),
    );
  });
}

/** Adds the values of the properties in the text, and their obvious problems. */
function explained(text: string, properties: Given): string {
  const named = Object.entries(properties).filter(([key]) =>
    new RegExp(`(^|[^\\w.])${key}($|[^\\w.])`).test(text),
  );
  const values = named.map(([key, value]) => shown(key, value));
  const missing = named.filter(([key, value]) => key.endsWith('.location') && !existsSync(value));
  const remedies = [
    ...missing.map(([, value]) => `the file ${value} does not exist`),
    ...(/No provider for SASL mechanism GSSAPI/.test(text) ? [MECHANISM_REMEDY] : []),
  ];
  const suffix = values.length === 0 ? '' : ` (${values.join(', ')})`;
  return [`${withoutSecrets(text, properties)}${suffix}`, ...remedies].join('; ');
}

const MECHANISM_REMEDY = 'use another mechanism in sasl.mechanisms, for example PLAIN or SCRAM-SHA-512';
