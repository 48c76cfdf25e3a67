import { StreamInferError } from '../../core/errors';
import type { SeekMove, SeekTarget } from '../../core/seek';
import type { Acknowledger } from './acknowledger';
import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';

/** Pub/Sub retains messages for at most this time, ms. */
const LONGEST_RETENTION = 31 * 24 * 3_600_000;

/** Throws USAGE where messages that return would only be acknowledged. */
export function assertForgets({ remembers }: Acknowledger): void {
  if (remembers !== true) return;
  throw new StreamInferError(
    'USAGE',
    'with delivery: exactly-once on Pub/Sub, published messages are remembered and would not be classified again',
  );
}

/** Moves the whole subscription. Messages that Pub/Sub did not retain do not return. */
export async function seekSubscription(
  connection: PubsubConnection,
  name: string,
  topic: string,
  target: SeekTarget,
): Promise<readonly SeekMove[]> {
  const place = toPlace(target);
  try {
    const client = await connection.client();
    await client.subscription(name).seek(place, ONE_TRY);
  } catch (error) {
    if (target.at === 'snapshot' && grpcCodeOf(error) === GRPC.NOT_FOUND)
      throw new StreamInferError('NOT_FOUND', `the snapshot ${target.name} does not exist`, { cause: error });
    throw toPubsubError(error, `the subscription ${name}`, 'BROKER_REFUSED');
  }
  return [{ topic, partition: null, from: null, to: null }];
}

/** A time, or the name of a snapshot. */
function toPlace(target: SeekTarget): Date | string {
  switch (target.at) {
    case 'time':
      return new Date(target.ms);
    case 'beginning':
      return new Date(Date.now() - LONGEST_RETENTION);
    case 'end':
      return new Date();
    case 'snapshot':
      return target.name;
    default:
      throw new StreamInferError(
        'USAGE',
        'Pub/Sub has no offsets; seek to a time, an age, snapshot:<name>, earliest or latest',
      );
  }
}
