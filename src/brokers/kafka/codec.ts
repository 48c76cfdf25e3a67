import { StreamInferError } from '../../core/errors';
import { KAFKA, kafkaCodeOf } from './errors';

/** As listed in the add-on's `features`. */
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * Whether `consume` was rejected because the next batch of a partition uses a codec that the client was built
 * without. It repeats every `fetch.error.backoff.ms` (500 ms) while that batch is next, so permanently. There is no
 * other sign of it: no event, no log line, and the error names neither topic nor partition. The partition's position
 * stays before the batch; other partitions are read on. A call that has already taken messages drops the error.
 */
export function isUnreadableBatch(thrown: unknown): boolean {
  return kafkaCodeOf(thrown) === KAFKA.NOT_IMPLEMENTED;
}

/**
 * @param places where reading stopped: the offset is that of the first message in the batch
 * @param features of the add-on
 */
export function unreadableBatch(
  topic: string,
  places: readonly { readonly partition: number; readonly offset: number }[],
  features: readonly string[],
): StreamInferError {
  const where = places
    .map(({ partition, offset }) => `partition ${partition} at offset ${offset}`)
    .join(', ');
  const known = CODECS.filter((codec) => features.includes(codec)).join(', ');
  return new StreamInferError(
    'DEPENDENCY_MISSING',
    `the topic ${topic} contains a batch that this Kafka client cannot decompress (${where}): it was built with ${known}; ` +
      'the command `doctor --broker kafka` prints how to build it with zstd',
  );
}
