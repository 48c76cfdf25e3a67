/** Whether librdkafka makes clients with all properties together: much of what it refuses it refuses only then. */
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

/** Names that no broker ever sees. */
const NAME = 'stream-infer-trial';

/**
 * Makes each client that these settings are for, without brokers, so that nothing is connected, and ends it again. Takes
 * milliseconds. Rejects with CONFIG_INVALID and what librdkafka refuses.
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

/** Of bootstrap.servers: without it nothing is connected. Of debug: what happens here is not what somebody looks for. */
const LEFT_OUT = ['bootstrap.servers', 'debug'];

async function refusal(
  properties: Given,
  create: (properties: Properties) => Client,
): Promise<string | undefined> {
  const kept = Object.entries(properties).filter(([key]) => !LEFT_OUT.includes(key));
  const error = await failureToMake(create(Object.fromEntries(kept)));
  return error === undefined ? undefined : explained(error.message, properties);
}

/** After it was made there is no broker to answer; a client that was made is ended by that, too. */
function failureToMake(client: Client): Promise<LibrdKafkaError | undefined> {
  return new Promise((resolve) => {
    let made = false;
    (client as EventEmitter).once('connection.failure', () => (made = true));
    client.connect({ allTopics: false, timeout: 1 }, (error: LibrdKafkaError | null | undefined) =>
      resolve(made || !error ? undefined : error),
    );
  });
}

/** With the values of the properties that the text names, and what is plainly wrong with them. */
function explained(text: string, properties: Given): string {
  const named = Object.entries(properties).filter(([key]) =>
    new RegExp(`(^|[^\\w.])${key}($|[^\\w.])`).test(text),
  );
  const values = named.map(([key, value]) => shown(key, value));
  const missing = named.filter(([key, value]) => key.endsWith('.location') && !existsSync(value));
  const remedies = [
    ...missing.map(([, value]) => `there is no file ${value}`),
    ...(/No provider for SASL mechanism GSSAPI/.test(text) ? [MECHANISM_REMEDY] : []),
  ];
  const beside = values.length === 0 ? '' : ` (${values.join(', ')})`;
  return [`${withoutSecrets(text, properties)}${beside}`, ...remedies].join('; ');
}

const MECHANISM_REMEDY = 'name another with sasl.mechanisms, for example PLAIN or SCRAM-SHA-512';
