import type { SourceOptions } from '../../core/ports';
import { committedOffsets, queryWatermarks } from './client';
import type { NativeConsumer, TopicPartition, TopicPartitionOffset } from './native';

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
 * Where the group goes on, and the present end where it has committed nothing. librdkafka would look up "latest" by
 * itself, but at some later moment: messages published meanwhile would never be seen.
 */
export async function resumeOrLatest(
  consumer: NativeConsumer,
  partitions: TopicPartition[],
): Promise<TopicPartitionOffset[]> {
  const committed = await committedOffsets(consumer, partitions);
  return await Promise.all(
    partitions.map(async ({ topic, partition }) => {
      const found = committed.find((one) => one.topic === topic && one.partition === partition)?.offset;
      if (typeof found === 'number' && found >= 0) return { topic, partition, offset: found };
      return { topic, partition, offset: (await queryWatermarks(consumer, topic, partition)).high };
    }),
  );
}
