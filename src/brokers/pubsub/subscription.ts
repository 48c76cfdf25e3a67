import { StreamInferError } from '../../core/errors';
import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';
import { DELETED_TOPIC, nameWithin } from './names';

const DAY = 24 * 3600;

/** Description of a subscription; undefined fields may not be read. */
export interface SubscriptionFacts {
  readonly exactlyOnce: boolean | undefined;
  /** The present or former topic of its messages; null after its deletion. */
  readonly topic?: string | null | undefined;
}

const UNKNOWN: SubscriptionFacts = { exactlyOnce: undefined, topic: undefined };

/** Reads the subscription, since a streaming pull that waits for messages does not report whether it works. */
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
    // Permission to read a subscription does not include its description; the stream reports failures.
    if (grpcCodeOf(error) === GRPC.PERMISSION_DENIED) return UNKNOWN;
    throw error;
  }
}

/**
 * The topic of the subscription's messages. Rejects with TOPIC_MISSING when either does not exist, with
 * BROKER_REFUSED without permission, and with BROKER_UNREACHABLE.
 */
export async function topicOfSubscription(connection: PubsubConnection, name: string): Promise<string> {
  const { topic } = await lookAtSubscription(connection, name).catch((error: unknown) => {
    throw toPubsubError(error, `the subscription ${name}`, 'BROKER_UNREACHABLE');
  });
  if (topic === null) throw new StreamInferError('TOPIC_MISSING', orphaned(name));
  if (topic !== undefined) return topic;
  throw new StreamInferError(
    'BROKER_REFUSED',
    `the subscription ${name} cannot be read (requires pubsub.subscriptions.get), so its topic is unknown`,
  );
}

/** A subscription cannot change its topic: it must be recreated. */
export function orphaned(name: string): string {
  return (
    `the topic of the subscription ${name} was deleted, so nothing new arrives; ` +
    'create the topic, then delete the subscription and create it again'
  );
}

/** Pub/Sub deletes it after a day without a reader, in case this process dies before it does so. */
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
