import { StreamInferError } from '../../core/errors';
import { KAFKA, kafkaCodeOf } from './errors';

/** As `features` of the add-on calls them. */
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * Whether `consume` was rejected because the next batch of a partition is compressed with a codec that the client was
 * built without. It comes again every `fetch.error.backoff.ms` (500 ms) for as long as that batch is the next one, which
 * is for ever. Nothing else tells: no event, no line in the log, and the error names neither topic nor partition. The
 * partition's position stays in front of the batch; other partitions are read on. A call that has taken messages already
 * drops the error.
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
    `The topic ${topic} has a batch that the Kafka client here cannot decompress (${where}): it was built with ${known}. ` +
      '`stream-infer doctor --broker kafka` names the command that builds it with zstd.',
  );
}
