import { StreamInferError } from '../../core/errors';
import type { ScanRange } from '../../core/scan-range';
import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';
import { seekSubscription } from './seek';

const DAY = 24 * 3600;
const ACK_DEADLINE_SECONDS = 60;

/** A subscription of its own for a part of a topic; the one of the running system is not touched. */
export interface ReplaySubscription {
  readonly topic: string;
  readonly name: string;
  readonly range: ScanRange;
}

/**
 * Creates the subscription and moves it to the start of the range. Pub/Sub deletes it after a day without a reader, in case
 * this process dies before it does so.
 *
 * Rejects with TOPIC_MISSING, BROKER_REFUSED or BROKER_UNREACHABLE, and with NOT_FOUND for the snapshot. Rejects with
 * USAGE for a topic that retains nothing.
 */
export async function openReplaySubscription(
  connection: PubsubConnection,
  { topic, name, range }: ReplaySubscription,
): Promise<void> {
  if (range.from.at !== 'snapshot') await assertRetained(connection, topic);
  await create(connection, topic, name);
  try {
    await seekSubscription(connection, name, topic, range.from);
  } catch (error) {
    await deleteReplaySubscription(connection, name);
    throw error;
  }
}

export async function deleteReplaySubscription(connection: PubsubConnection, name: string): Promise<void> {
  const client = await connection.client();
  await client.subscription(name).delete(ONE_TRY);
}

async function assertRetained(connection: PubsubConnection, topic: string): Promise<void> {
  try {
    const client = await connection.client();
    const [{ messageRetentionDuration }] = await client.topic(topic).getMetadata(ONE_TRY);
    if (Number(messageRetentionDuration?.seconds ?? 0) > 0) return;
  } catch (error) {
    // Permission to subscribe to a topic does not include its description.
    if (grpcCodeOf(error) === GRPC.PERMISSION_DENIED) return;
    throw toPubsubError(error, `the topic ${topic}`, 'BROKER_UNREACHABLE');
  }
  throw new StreamInferError(
    'USAGE',
    `the topic ${topic} does not retain its messages, so none can be replayed; use --from snapshot:<name>, or run ` +
      `gcloud pubsub topics update ${topic} --message-retention-duration=7d, which retains later messages`,
  );
}

async function create(connection: PubsubConnection, topic: string, name: string): Promise<void> {
  try {
    const client = await connection.client();
    await client.topic(topic).createSubscription(name, {
      ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
      expirationPolicy: { ttl: { seconds: DAY } },
      gaxOpts: ONE_TRY,
    });
  } catch (error) {
    throw toPubsubError(error, `the subscription ${name} of the topic ${topic}`, 'BROKER_UNREACHABLE');
  }
}
