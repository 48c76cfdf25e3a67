import { idOf } from './names';
import type { Config } from './schema';
import { takesLabels } from './takes-labels';

/** Pub/Sub subscription that `tail` reads predictions from. */
export const PREDICTIONS_SUBSCRIPTION = 'prediction-receiver';

/** The topics, subscription and data-dependent defaults that follow from other settings. */
export function inputSubscription(config: Config): string {
  return config.input.subscription ?? subscriptionOf(config.input.topic);
}

export function deadLetterTopic(config: Config): string {
  return config.output.dlq ?? `${idOf(config.input.topic)}.dlq`;
}

/** Pub/Sub subscription that dead letters are listed and redriven from. */
export function deadLetterSubscription(config: Config): string {
  return subscriptionOf(deadLetterTopic(config));
}

/** Topics that the process writes to, by setting, without those of routes. */
export function writtenTopics(config: Config): Readonly<Record<string, string>> {
  const { topic, events, alerts, disagreements } = config.output;
  return {
    'output.topic': topic,
    'output.dlq': deadLetterTopic(config),
    ...(config.alerts.length > 0 && { 'output.events': events, 'output.alerts': alerts }),
    ...(config.models.control !== 'none' && { 'output.disagreements': disagreements }),
    ...(takesLabels(config) && { 'labels.topic': config.labels.topic }),
  };
}

/** Further topics of predictions. */
export function routedTopics({ output: { routes, match, topic } }: Config): string[] {
  if (match === 'none') return [];
  return [...new Set(routes.map((route) => route.topic))].filter((name) => name !== topic);
}

/** The subscription that is made for a topic, in the project of the client also where the topic is another's. */
export function subscriptionOf(topic: string): string {
  return `${idOf(topic)}-sub`;
}
