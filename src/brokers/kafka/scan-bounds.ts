import {
  assertReadable,
  boundsWithin,
  type HeldOffsets,
  type ScanBounds,
  type ScanRange,
} from '../../core/scan-range';
import { offsetsAtTime, queryWatermarks } from './client';
import type { NativeConsumer } from './native';

/**
 * The part of each partition that a scan reads: everything, or the range. Throws USAGE for a range without messages.
 */
export async function findBounds(
  consumer: NativeConsumer,
  topic: string,
  partitions: readonly number[],
  range: ScanRange | undefined,
): Promise<Omit<ScanBounds, 'known'>[]> {
  const held: HeldOffsets[] = [];
  for (const partition of partitions) {
    held.push({ partition, ...(await queryWatermarks(consumer, topic, partition)) });
  }
  if (range === undefined) return held.map((one) => ({ ...one, from: one.low, to: one.high }));
  const times = await offsetsOfTimes(consumer, topic, partitions, range);
  const bounds = held.flatMap((one) => {
    const found = boundsWithin(range, one, (ms) => times.get(ms)?.get(one.partition) ?? one.high);
    return found === undefined ? [] : [found];
  });
  assertReadable(topic, range, held, bounds);
  return bounds;
}

/** By time, then by partition. */
async function offsetsOfTimes(
  consumer: NativeConsumer,
  topic: string,
  partitions: readonly number[],
  range: ScanRange,
): Promise<Map<number, Map<number, number>>> {
  const times = [range.from, range.to].flatMap((position) => (position.at === 'time' ? [position.ms] : []));
  const found = new Map<number, Map<number, number>>();
  for (const ms of times) found.set(ms, await offsetsAtTime(consumer, topic, partitions, ms));
  return found;
}
