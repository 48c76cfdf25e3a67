import { EventEmitter } from 'node:events';
import { CommitClock } from '../../../src/brokers/kafka/commit-clock';
import type { SessionCompanion } from '../../../src/brokers/kafka/session-options';
import type { NativeConsumer } from '../../../src/brokers/kafka/native';
import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';
import { Positions } from '../../../src/brokers/kafka/positions';
import type { SourceOptions } from '../../../src/core/ports';

interface Commit {
  readonly offset: number;
  readonly metadata?: string;
}

interface About {
  readonly transactional?: boolean;
  readonly group?: string | null;
  readonly isMember?: boolean;
}

const SOURCE: SourceOptions = {
  ...{ topic: 't', group: 'g', from: 'earliest' },
  ...{ maxInFlight: 1, maxInFlightBytes: 1 },
};

/** A member with one partition, of which the first message is unsettled and the next one settled. */
function member({ transactional = false, group = 'g', isMember = true }: About = {}) {
  const stored: Commit[][] = [];
  const committed: Commit[][] = [];
  const consumer = Object.assign(new EventEmitter(), {
    offsetsStore: (offsets: Commit[]) => stored.push(offsets),
    commit: (offsets: Commit[]) => committed.push(offsets),
  });
  const assignment = new PartitionAssignment('t', 0);
  for (const offset of [7, 8, 9]) assignment.handOut(offset, 1);
  assignment.settle(8, 1);
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, text: string) => warnings.push(text) };
  const positions = new Positions(
    {
      commits: new CommitClock(),
      log,
      source: { ...SOURCE, group },
      companion: transactional ? ({} as SessionCompanion) : undefined,
    },
    {
      consumer: consumer as unknown as NativeConsumer,
      assignments: new Map([[0, assignment]]),
      isMember: () => isMember,
      attempt: (action) => void action(),
    },
  );
  return { assignment, committed, consumer, positions, stored, warnings };
}

const RANGES = { topic: 't', partition: 0, offset: 7, metadata: 'stream-infer settled1 7:8.1' };

it('commits what is settled beyond the position every second, and only what is new', () => {
  jest.useFakeTimers();
  try {
    const { assignment, committed, positions } = member();
    positions.commitWhenDue();
    positions.commitWhenDue();
    expect(committed).toEqual([[RANGES]]);
    jest.advanceTimersByTime(1_001);
    positions.commitWhenDue();
    expect(committed).toHaveLength(1);
    assignment.settle(9, 1);
    jest.advanceTimersByTime(999);
    positions.commitWhenDue();
    expect(committed).toHaveLength(1);
    jest.advanceTimersByTime(2);
    positions.commitWhenDue();
    expect(committed[1]).toEqual([{ ...RANGES, metadata: 'stream-infer settled1 7:8.2' }]);
  } finally {
    jest.useRealTimers();
  }
});

it('commits at once before partitions are returned', () => {
  const { assignment, committed, positions } = member();
  positions.commitWhenDue();
  assignment.settle(9, 1);
  positions.commitRanges([assignment]);
  expect(committed).toHaveLength(2);
});

it('commits again what the broker has not confirmed', () => {
  const { assignment, committed, consumer, positions } = member();
  for (const [error, offsets] of [
    [undefined, [RANGES]],
    [27, [RANGES]],
    [undefined, [new Error('Broker: Group rebalance in progress')]],
  ]) {
    positions.commitRanges([assignment]);
    consumer.emit('offset.commit', error, offsets);
  }
  positions.commitRanges([assignment]);
  expect(committed).toEqual([[RANGES], [RANGES], [RANGES]]);
});

it.each([
  [12, [RANGES]],
  [undefined, [new Error('Broker: Offset metadata string too large')]],
  [28, [RANGES]],
])('stores positions without metadata where the broker refuses it: %p', (error, offsets) => {
  const { assignment, committed, consumer, positions, stored, warnings } = member();
  positions.commitWhenDue();
  assignment.settle(7, 1);
  positions.store([assignment]);
  consumer.emit('offset.commit', error, offsets);
  consumer.emit('offset.commit', error, offsets);
  positions.commitRanges([assignment]);
  expect(committed).toHaveLength(1);
  expect(stored.at(-1)).toEqual([{ topic: 't', partition: 0, offset: 9 }]);
  expect(warnings).toEqual([expect.stringContaining('offset.metadata.max.bytes')]);
});

it.each<About>([{ transactional: true }, { group: null }, { isMember: false }])(
  'commits no ranges where they have no use, or may be wrong: %p',
  (about) => {
    const { assignment, committed, positions } = member(about);
    positions.commitWhenDue();
    positions.commitRanges([assignment]);
    expect(committed).toEqual([]);
  },
);

it('commits nothing for an assignment that has ended', () => {
  const { assignment, committed, positions } = member();
  assignment.state = 'lost';
  positions.commitRanges([assignment]);
  expect(committed).toEqual([]);
});
