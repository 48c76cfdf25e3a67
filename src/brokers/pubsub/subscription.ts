import { StreamInferError } from '../../core/errors';
import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';
import { DELETED_TOPIC, nameWithin } from './names';

const DAY = 24 * 3600;

/** What a subscription tells about itself; undefined what may not be looked at. */
export interface SubscriptionFacts {
  readonly exactlyOnce: boolean | undefined;
  /** The topic that its messages come from, or came from; null once that was deleted. */
  readonly topic?: string | null | undefined;
}

const UNKNOWN: SubscriptionFacts = { exactlyOnce: undefined, topic: undefined };

/** Asks for the subscription, since a streaming pull that waits for messages does not say whether it works. */
export async function lookAtSubscription(
  connection: PubsubConnection,
  name: string,
): Promise<SubscriptionFacts> {
  try {
    const client = await connection.client();
    const [metadata] = await client.subscription(name).getMetadata(ONE_TRY);
    const exactlyOnce = metadata.enableExactlyOnceDelivery ?? false;
    if (!metadata.topic) return { exactlyOnce, topic: undefined };
    const topic = metadata.topic === DELETED_TOPIC ? null : nameWithin(client.projectId, metadata.topic);
    return { exactlyOnce, topic };
  } catch (error) {
    // Who may read a subscription may not always look at it; the stream will tell.
    if (grpcCodeOf(error) === GRPC.PERMISSION_DENIED) return UNKNOWN;
    throw error;
  }
}

/**
 * The topic whose messages the subscription gets. Rejects with TOPIC_MISSING when one of both is not there, with
 * BROKER_REFUSED when it may not be looked at, and with BROKER_UNREACHABLE.
 */
export async function topicOfSubscription(connection: PubsubConnection, name: string): Promise<string> {
  const { topic } = await lookAtSubscription(connection, name).catch((error: unknown) => {
    throw toPubsubError(error, `The subscription ${name}`, 'BROKER_UNREACHABLE');
  });
  if (topic === null) throw new StreamInferError('TOPIC_MISSING', orphaned(name));
  if (topic !== undefined) return topic;
  throw new StreamInferError(
    'BROKER_REFUSED',
    `The subscription ${name} may not be looked at (pubsub.subscriptions.get), so that its topic is unknown.`,
  );
}

/** A subscription never gets another topic: it has to be made again. */
export function orphaned(name: string): string {
  return (
    `The topic of the subscription ${name} was deleted: nothing new arrives. ` +
    'Create the topic, then delete the subscription and create it again.'
  );
}

/** Removed by Pub/Sub itself after a day without a reader, should this process die before it does so. */
export async function createTemporarySubscription(
  connection: PubsubConnection,
  topic: string,
  name: string,
): Promise<void> {
  try {
    const client = await connection.client();
    await client.topic(topic).createSubscription(name, {
      ackDeadlineSeconds: 60,
      messageRetentionDuration: { seconds: 600 },
      expirationPolicy: { ttl: { seconds: DAY } },
      gaxOpts: ONE_TRY,
    });
  } catch (error) {
    if (grpcCodeOf(error) !== GRPC.ALREADY_EXISTS) throw error;
  }
}

export async function deleteSubscription(connection: PubsubConnection, name: string): Promise<void> {
  const client = await connection.client();
  await client.subscription(name).delete(ONE_TRY);
}
