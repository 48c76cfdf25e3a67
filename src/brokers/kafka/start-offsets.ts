import type { SourceOptions } from '../../core/ports';
import { committedOffsets, partitionsOf, queryWatermarks, topicMetadata } from './client';
import type { NativeConsumer, TopicPartitionOffset } from './native';

/**
 * Adds the start positions of a standalone reader, unless it has read before: then an unknown partition is a new one.
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
 * Start of a group without commits in all partitions of the topic: their present end. The client would determine
 * "latest" itself, but later, for one partition at a time, and also for partitions that a known group lacks. Messages
 * published meanwhile would be skipped.
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
