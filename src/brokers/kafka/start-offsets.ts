import type { SourceOptions } from '../../core/ports';
import { committedOffsets, partitionsOf, queryWatermarks, topicMetadata } from './client';
import type { NativeConsumer, TopicPartitionOffset } from './native';

/**
 * Adds the start positions of a standalone reader, unless it has read before: then an unknown partition is a new one.
 */
async function addStartOffsets(
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

/** Assigns all partitions to a standalone reader, each at the position from which it resumes or starts. */
export async function assignAll(
  consumer: NativeConsumer,
  { topic, from }: Pick<SourceOptions, 'topic' | 'from'>,
  partitions: readonly number[],
  positions: Map<number, number>,
): Promise<void> {
  await addStartOffsets(consumer, topic, partitions, from, positions);
  const offsets = partitions.map((partition) => ({
    topic,
    partition,
    offset: positions.get(partition) ?? 0,
  }));
  consumer.assign(offsets);
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
