import type { BrokerKind } from '../core/message';

/** What Kafka takes as a topic's name. */
const KAFKA = /^[A-Za-z0-9._-]{1,249}$/;
/** What Pub/Sub takes as the id of a topic or subscription; https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names. */
const PUBSUB_ID = '[A-Za-z0-9._~+%-]{1,255}';
const PUBSUB_PROJECT = '[A-Za-z0-9.:-]+';

/** A topic of any broker. */
export const TOPIC = new RegExp(`^(?:projects/${PUBSUB_PROJECT}/topics/)?${PUBSUB_ID}$`);
/** A subscription, which may be another project's. */
export const SUBSCRIPTION = new RegExp(`^(?:projects/${PUBSUB_PROJECT}/subscriptions/)?${PUBSUB_ID}$`);

export const TOPIC_RULE =
  'a topic name has 1 to 249 letters, digits, dots, dashes and underscores; on Pub/Sub also ~ + %, or in full: projects/<project>/topics/<topic>';
export const SUBSCRIPTION_RULE =
  'a subscription name has 1 to 255 letters, digits and . - _ ~ + %, or in full: projects/<project>/subscriptions/<subscription>';
const NARROW_RULE = 'a topic name has 1 to 249 letters, digits, dots, dashes and underscores';

/** Why that broker has no topic with such a name; undefined if it may have one. */
export function topicNameProblem(broker: BrokerKind, name: string): string | undefined {
  if (broker === 'pubsub') return TOPIC.test(name) ? undefined : TOPIC_RULE;
  return KAFKA.test(name) ? undefined : NARROW_RULE;
}

/** The name without its project, for names that are made from it: those are always of the client's own project. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
