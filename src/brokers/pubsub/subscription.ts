import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf } from './errors';

const DAY = 24 * 3600;

/** What a subscription tells about itself; undefined what may not be looked at. */
export interface SubscriptionFacts {
  readonly exactlyOnce: boolean | undefined;
}

/** Asks for the subscription, since a streaming pull that waits for messages does not say whether it works. */
export async function lookAtSubscription(
  connection: PubsubConnection,
  name: string,
): Promise<SubscriptionFacts> {
  try {
    const client = await connection.client();
    const [metadata] = await client.subscription(name).getMetadata(ONE_TRY);
    return { exactlyOnce: metadata.enableExactlyOnceDelivery ?? false };
  } catch (error) {
    // Who may read a subscription may not always look at it; the stream will tell.
    if (grpcCodeOf(error) === GRPC.PERMISSION_DENIED) return { exactlyOnce: undefined };
    throw error;
  }
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
