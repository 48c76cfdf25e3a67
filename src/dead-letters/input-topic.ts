import type { Config } from '../config/schema';
import { inputSubscription } from '../config/topics';
import type { DeadLetter, RedriveRefusal } from '../core/dead-letter';
import { StreamInferError, isStreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';

/** Where the originals of dead letters belong. */
export interface InputTopic {
  /** Originals are published here. */
  readonly topic: string;
  /** What dead letters may call it: predictions of earlier versions name the configured topic. */
  readonly names: readonly string[];
}

/**
 * The topic that the program reads: on Pub/Sub that of the input subscription, whatever `input.topic` says. Rejects with
 * TOPIC_MISSING, BROKER_REFUSED or BROKER_UNREACHABLE where that cannot be known: a guess would publish somewhere else.
 */
export async function inputTopic(broker: Broker, config: Config): Promise<InputTopic> {
  const configured = config.input.topic;
  if (broker.topicOf === undefined) return { topic: configured, names: [configured] };
  try {
    const topic = await broker.topicOf(inputSubscription(config));
    return { topic, names: [topic, configured] };
  } catch (error) {
    if (!isStreamInferError(error) || error.code === 'BROKER_UNREACHABLE') throw error;
    const message = `${error.message} Nothing was redriven; stream-infer dlq redrive --to <topic> names the topic.`;
    throw new StreamInferError(error.code, message, { cause: error });
  }
}

/**
 * Refuses a dead letter that says it came from another topic. That is a header, which anybody can write who may publish to
 * the dead-letter topic, so nothing is ever published to the topic that it names.
 */
export function refusalOfOrigin({ source }: DeadLetter, input: InputTopic): RedriveRefusal | undefined {
  if (input.names.includes(source.topic)) return undefined;
  return {
    code: 'BAD_REQUEST',
    message: `it came from ${source.topic}, not from the input topic ${input.topic}; stream-infer dlq redrive --to <topic> publishes it`,
  };
}
