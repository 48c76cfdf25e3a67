import type { Config } from '../config/schema';
import { readsBySubscription } from '../config/broker';
import { idOf } from '../config/names';
import { deadLetterTopic } from '../config/topics';
import type { Broker, MessageSource, TopicRequest } from '../core/ports';
import type { Position } from '../results/store/arrivals';

const LIMITS = { maxInFlight: 2_000, maxInFlightBytes: 64 * 1024 * 1024 } as const;

/** Topics that `serve` reads. */
export function followedTopics(config: Config): {
  predictions: string;
  letters: string;
  events: string | null;
} {
  return {
    predictions: config.output.topic,
    letters: deadLetterTopic(config),
    // Without rules there are no events, and the topic may not exist.
    events: config.alerts.length > 0 ? config.output.events : null,
  };
}

/** Subscription of one `serve`: each instance reads all messages. */
export function serveSubscription(topic: string, name: string): string {
  return `${idOf(topic)}-serve-${name.replace(/[^A-Za-z0-9._~%+-]/g, '-')}`;
}

/** Subscriptions to create before reading, where the broker has subscriptions. */
export function serveSubscriptions(config: Config, name: string): TopicRequest[] {
  return Object.values(followedTopics(config))
    .filter((topic) => topic !== null)
    .map((topic) => ({ topic, subscription: serveSubscription(topic, name), subscriptionOnly: true }));
}

/**
 * A reader of all messages after the stored ones.
 *
 * @param name of the reader's subscription; null if nothing outlasts this process
 * @param positions where to resume; empty on Pub/Sub, which keeps the position itself
 * @param from where to start without positions
 */
export function createFollower(
  broker: Broker,
  config: Config,
  topic: string,
  name: string | null,
  positions: readonly Position[] = [],
  from: 'earliest' | 'latest' = 'earliest',
): MessageSource {
  if (readsBySubscription(config) && name !== null)
    return broker.createSource({
      topic,
      group: name,
      subscription: serveSubscription(topic, name),
      from,
      ...LIMITS,
    });
  const known = new Map(positions.map(({ partition, next }) => [partition, next]));
  return broker.createSource({ topic, group: null, from, positions: known, ...LIMITS });
}
