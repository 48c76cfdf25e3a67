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

/** Whether the broker answers, and on Kafka also whether it has the topics. */
export async function checkBroker(config: Config): Promise<Check[]> {
  if (config.broker === 'memory') return [{ name: 'broker', state: 'ok', detail: 'memory needs nothing' }];
  try {
    const broker = await connect(config, 'stream-infer-doctor', SILENT);
    try {
      const answers = await checkAnswer(broker, config);
      if (answers.state !== 'ok') return [answers];
      // To look at a Pub/Sub topic as a scan does would take messages of others for a moment.
      if (broker.topicOf !== undefined) return [answers, await checkSubscription(broker, config)];
      return config.kafka.embedded ? [answers] : [answers, await checkTopics(broker, config)];
    } finally {
      await broker.close();
    }
  } catch (error) {
    const { code, message } = StreamInferError.from(error);
    const detail = code === 'CONFIG_INVALID' ? 'was not asked; see configuration' : message;
    return [{ name: 'broker', state: 'problem', detail, remedy: 'mend that first' }];
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
      remedy: 'start it, or check the address and the credentials',
    };
  } finally {
    await sink.close();
  }
}

/** Whether the input subscription is there, and gets messages. */
async function checkSubscription(broker: Broker, config: Config): Promise<Check> {
  const name = 'subscription';
  const subscription = inputSubscription(config);
  try {
    const topic = await broker.topicOf?.(subscription);
    return { name, state: 'ok', detail: `${subscription} belongs to the topic ${topic}` };
  } catch (error) {
    const { code, message } = StreamInferError.from(error);
    if (code === 'BROKER_REFUSED')
      return { name, state: 'note', detail: message, remedy: 'grant roles/pubsub.viewer to have it checked' };
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
      // Who may write to a topic may not always read it.
      if (known.code === 'TOPIC_MISSING') missing.push(topic);
    } finally {
      await scan.close();
    }
  }
  if (missing.length === 0) return { name: 'topics', state: 'ok', detail: 'all are there' };
  return {
    name: 'topics',
    state: createsTopics(config) ? 'note' : 'problem',
    detail: `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not exist`,
    remedy: `stream-infer topics create --broker ${config.broker}`,
  };
}
