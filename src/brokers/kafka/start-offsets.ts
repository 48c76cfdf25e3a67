import type { SourceOptions } from '../../core/ports';
import { committedOffsets, partitionsOf, queryWatermarks, topicMetadata } from './client';
import type { NativeConsumer, TopicPartitionOffset } from './native';

/**
 * Fills in where a reader without a group starts, unless it has been reading already: then a partition that it does not know
 * is one that was added since.
 */
export async function startOffsets(
  consumer: NativeConsumer,
  topic: string,
  partitions: readonly number[],
  from: SourceOptions['from'],
  positions: Map<number, number>,
): Promise<void> {
  const start = positions.size > 0 ? 'earliest' : from;
  const unknown = partitions.filter((partition) => !positions.has(partition));
  await Promise.all(
    unknown.map(async (partition) => {
      const { low, high } = await queryWatermarks(consumer, topic, partition);
      positions.set(partition, start === 'earliest' ? low : high);
    }),
  );
}

/**
 * Where all partitions of the topic begin for a group that has committed nothing yet: at their present end. librdkafka would
 * look up "latest" by itself, but at some later moment, for one partition at a time, and also for partitions that a known
 * group lacks: messages published meanwhile would never be seen.
 *
 * @returns undefined for a group that exists
 */
export async function endsForNewGroup(
  consumer: NativeConsumer,
  topic: string,
): Promise<TopicPartitionOffset[] | undefined> {
  const partitions = partitionsOf(await topicMetadata(consumer, topic), topic);
  const asked = partitions.map((partition) => ({ topic, partition }));
  const committed = await committedOffsets(consumer, asked);
  if (committed.some(({ offset = -1 }) => offset >= 0)) return undefined;
  return await Promise.all(
    asked.map(async (one) => ({
      ...one,
      offset: (await queryWatermarks(consumer, topic, one.partition)).high,
    })),
  );
}
