import type { SeekTarget } from '../../../src/core/seek';
import { MemoryTopic } from '../../../src/brokers/memory/topic';
import { MemorySource } from '../../../src/brokers/memory/source';

const NEVER = new AbortController().signal;

/** A member that has settled all of five messages, one per second of 1970. */
async function afterFive() {
  const topic = new MemoryTopic('images', 1, { partitions: 1, retention: 4, redeliverAfterMs: 60_000 });
  const options = {
    topic: 'images',
    group: 'g',
    from: 'earliest',
    maxInFlight: 9,
    maxInFlightBytes: 999,
  } as const;
  const source = new MemorySource(
    options,
    () => topic,
    () => undefined,
  );
  await source.open(NEVER);
  for (let i = 0; i < 5; i++) {
    topic.tryAppend({ key: null, value: Buffer.from([i]), headers: [], timestamp: i * 1_000, bytes: 1 });
    source.settle(await source.receive(9, NEVER));
  }
  return source;
}

it.each<[SeekTarget, number, readonly number[]]>([
  [{ at: 'beginning' }, 1, [1, 2, 3, 4]],
  [{ at: 'time', ms: 2_500 }, 3, [3, 4]],
  [{ at: 'offset', offset: 4 }, 4, [4]],
  [{ at: 'offsets', offsets: new Map([[0, 0]]) }, 1, [1, 2, 3, 4]],
])('reads again from %j, as far as messages were kept', async (target, to, values) => {
  const source = await afterFive();
  expect(await source.seek(target)).toEqual([{ topic: 'images', partition: 0, from: 5, to }]);
  expect(await source.lag()).toMatchObject([{ messages: values.length }]);
  const found = await source.receive(9, NEVER);
  expect(found.map(({ value }) => value?.[0])).toEqual(values);
  source.settle(found);
  expect(await source.lag()).toMatchObject([{ messages: 0 }]);
});

it('skips to the end, and drops what it holds', async () => {
  const source = await afterFive();
  await source.seek({ at: 'beginning' });
  const [held] = await source.receive(1, NEVER);
  await source.seek({ at: 'end' });
  expect(held && source.isCurrent(held)).toBe(false);
  expect(await source.lag()).toMatchObject([{ messages: 0 }]);
  await expect(source.seek({ at: 'snapshot', name: 'x' })).rejects.toThrow('no snapshots');
});
