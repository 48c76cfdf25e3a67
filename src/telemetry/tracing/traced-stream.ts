import { readsBySubscription } from '../../config/broker';
import type { Config } from '../../config/schema';
import { deadLetterTopic, inputSubscription } from '../../config/topics';
import type { TracedStream } from './tracing';

export function tracedStream(config: Config): TracedStream {
  const { broker, input, output } = config;
  const group = readsBySubscription(config) ? inputSubscription(config) : input.group;
  return { broker, input: input.topic, group, output: output.topic, dlq: deadLetterTopic(config) };
}
