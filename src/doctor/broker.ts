import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { deadLetterSubscription, inputSubscription } from '../config/topics';
import { deadline } from '../core/async/deadline';
import { StreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import { SILENT } from '../setup/config-problems';
import { connect } from '../setup/connect';
import { createsTopics, topicsOf } from '../setup/topics';
import type { Check } from './check';

const BROKER_TIMEOUT_MS = 8_000;

/** Checks whether the broker answers and, on Kafka, whether the topics exist. */
export async function checkBroker(config: Config): Promise<Check[]> {
  if (config.broker === 'memory')
    return [{ name: 'broker', state: 'ok', detail: 'the memory broker needs no setup' }];
  try {
    const broker = await connect(config, 'stream-infer-doctor', SILENT);
    try {
      const identity = await checkIdentity(broker);
      if (identity.some(({ state }) => state !== 'ok')) return identity;
      const answers = await checkAnswer(broker, config);
      if (answers.state !== 'ok') return [...identity, answers];
      // A scan of a Pub/Sub topic would briefly take messages from other readers.
      if (broker.topicOf !== undefined)
        return config.pubsub.push.enabled ? [answers] : [answers, await checkSubscription(broker, config)];
      return [...identity, answers, ...(livesInProcess(config) ? [] : [await checkTopics(broker, config)])];
    } finally {
      await broker.close();
    }
  } catch (error) {
    const { code, message } = StreamInferError.from(error);
    if (code === 'DEPENDENCY_MISSING')
      return [{ name: 'broker', state: 'problem', detail: `not checked; see ${config.broker} above` }];
    const detail = code === 'CONFIG_INVALID' ? 'not checked; see configuration' : message;
    return [{ name: 'broker', state: 'problem', detail, remedy: 'fix the configuration first' }];
  }
}

/** Empty where the clients use no tokens. */
async function checkIdentity(broker: Broker): Promise<Check[]> {
  if (broker.identity === undefined) return [];
  const name = 'identity';
  try {
    return [{ name, state: 'ok', detail: await broker.identity() }];
  } catch (error) {
    const remedy = 'check kafka.identity, its settings and the credentials of this machine';
    return [{ name, state: 'problem', detail: StreamInferError.from(error).message, remedy }];
  }
}

async function checkAnswer(broker: Broker, config: Config): Promise<Check> {
  const sink = broker.createSink();
  try {
    await sink.open(deadline(BROKER_TIMEOUT_MS));
    return { name: 'broker', state: 'ok', detail: `${config.broker} answers` };
  } catch (error) {
    const known = StreamInferError.from(error);
    const reason = known.code === 'ABORTED' ? (sink.status().reason ?? known.message) : known.message;
    return {
      name: 'broker',
      state: 'problem',
      detail: `${config.broker} does not answer: ${reason}`,
      remedy: 'start the broker, or check its address and the credentials',
    };
  } finally {
    await sink.close();
  }
}

/** Checks whether the input subscription exists and belongs to a topic. */
async function checkSubscription(broker: Broker, config: Config): Promise<Check> {
  const name = 'subscription';
  const subscription = inputSubscription(config);
  try {
    const topic = await broker.topicOf?.(subscription);
    return { name, state: 'ok', detail: `${subscription} reads the topic ${topic}` };
  } catch (error) {
    const { code, message } = StreamInferError.from(error);
    if (code === 'BROKER_REFUSED')
      return {
        name,
        state: 'note',
        detail: message,
        remedy: 'grant roles/pubsub.viewer so that doctor can check it',
      };
    const create = `stream-infer topics create --broker ${config.broker}`;
    if (message.includes('was deleted'))
      return { name, state: 'problem', detail: message, remedy: `delete the subscription, then ${create}` };
    return { name, state: createsTopics(config) ? 'note' : 'problem', detail: message, remedy: create };
  }
}

async function checkTopics(broker: Broker, config: Config): Promise<Check> {
  const missing: string[] = [];
  for (const { topic } of topicsOf(config)) {
    const scan = broker.createScan({ topic, memory: null, subscription: deadLetterSubscription(config) });
    try {
      await scan.open(deadline(BROKER_TIMEOUT_MS));
    } catch (error) {
      const known = StreamInferError.from(error);
      // Permission to write to a topic does not imply permission to read it.
      if (known.code === 'TOPIC_MISSING') missing.push(topic);
    } finally {
      await scan.close();
    }
  }
  if (missing.length === 0) return { name: 'topics', state: 'ok', detail: 'all exist' };
  return {
    name: 'topics',
    state: createsTopics(config) ? 'note' : 'problem',
    detail: `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not exist`,
    remedy: `stream-infer topics create --broker ${config.broker}`,
  };
}
