import type { Config } from '../config/schema';
import { inputSubscription } from '../config/topics';
import type { DeadLetter, RedriveRefusal } from '../core/dead-letter';
import { StreamInferError, isStreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';

/** The topic that the originals of dead letters came from. */
export interface InputTopic {
  /** Originals are published here. */
  readonly topic: string;
  /** Accepted names in dead letters: earlier versions wrote the configured topic. */
  readonly names: readonly string[];
}

/**
 * The topic that the program reads; on Pub/Sub the topic of the input subscription, not `input.topic`. Rejects with
 * TOPIC_MISSING, BROKER_REFUSED or BROKER_UNREACHABLE, because a guess might publish to the wrong topic.
 */
export async function inputTopic(broker: Broker, config: Config): Promise<InputTopic> {
  const configured = config.input.topic;
  if (broker.topicOf === undefined || config.pubsub.push.enabled)
    return { topic: configured, names: [configured] };
  try {
    const topic = await broker.topicOf(inputSubscription(config));
    return { topic, names: [topic, configured] };
  } catch (error) {
    if (!isStreamInferError(error) || error.code === 'BROKER_UNREACHABLE') throw error;
    const message = `${error.message}; nothing was redriven; name the topic with the command \`dlq redrive --to <topic>\``;
    throw new StreamInferError(error.code, message, { cause: error });
  }
}

/**
 * Refuses a dead letter whose header names another source topic. Anyone who may publish to the dead-letter topic can write
 * that header, so an original is never published to the topic in it.
 */
export function refusalOfOrigin({ source }: DeadLetter, input: InputTopic): RedriveRefusal | undefined {
  if (input.names.includes(source.topic)) return undefined;
  return {
    code: 'BAD_REQUEST',
    message: `it came from ${source.topic}, not from the input topic ${input.topic}; publish it with the command \`dlq redrive --to <topic>\``,
  };
}
