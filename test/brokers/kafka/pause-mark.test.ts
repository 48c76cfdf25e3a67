import { PauseMark } from '../../../src/brokers/kafka/pause-mark';
import type { NativeConsumer } from '../../../src/brokers/kafka/native';
import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';
import { SeenMarks } from '../../../src/brokers/kafka/seen-marks';
import type { Session } from '../../../src/brokers/kafka/session';

interface Marked {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** Two partitions: of the first, offset 4 is settled; of the second nothing, and the group committed offset 7. */
function pausedSession() {
  const settled = new PartitionAssignment('images', 0);
  settled.handOut(4, 1);
  settled.settle(4, 1);
  const assignments = [settled, new PartitionAssignment('images', 1)];
  const marks: Marked[] = [];
  const consumer = {
    committed: (_: unknown, __: number, done: (error: null, offsets: object[]) => void) =>
      done(null, [
        { topic: 'images', partition: 0, offset: 2 },
        { topic: 'images', partition: 1, offset: 7 },
      ]),
    commitCb: (offsets: Marked[]) => marks.push(...offsets),
  } as unknown as NativeConsumer;
  const session = {
    assignments,
    whileAssigned: async (_: unknown, use: (consumer: NativeConsumer) => Promise<void>) => {
      await use(consumer);
      return true;
    },
  } as unknown as Session;
  return { session, assignments, marks };
}

it('marks the positions of a paused member, once in a while, and only when nothing is in flight', async () => {
  const { session, assignments, marks } = pausedSession();
  const mark = new PauseMark();
  await mark.renew(session);
  expect(marks).toEqual([]);
  mark.pause();
  assignments[1]?.handOut(7, 1);
  await mark.renew(session);
  expect(marks).toEqual([]);
  assignments[1]?.settle(7, 1);
  await mark.renew(session);
  await mark.renew(session);
  expect(marks.map(({ partition, offset }) => [partition, offset])).toEqual([
    [0, 5],
    [1, 8],
  ]);
  mark.resume();
  mark.pause();
  await mark.renew(session);
  expect(marks).toHaveLength(4);
});

it('takes a member for paused while its mark changes, and for dead a minute after the last change', async () => {
  const { session, marks } = pausedSession();
  const mark = new PauseMark();
  mark.pause();
  await mark.renew(session);
  const [{ metadata }] = marks as [Marked];
  const seen = new SeenMarks();
  expect(seen.isPaused(0, undefined, 0)).toBe(false);
  expect(seen.isPaused(0, 'of another program', 0)).toBe(false);
  expect(seen.isPaused(0, metadata, 1_000)).toBe(true);
  expect(seen.isPaused(0, metadata, 60_000)).toBe(true);
  expect(seen.isPaused(0, metadata, 61_001)).toBe(false);
  expect(seen.isPaused(0, `${metadata}1`, 62_000)).toBe(true);
});
