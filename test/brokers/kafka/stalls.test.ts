import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';
import { Stalls } from '../../../src/brokers/kafka/stalls';
import type { PartitionStatistics } from '../../../src/brokers/kafka/statistics';

const IDLE: PartitionStatistics = {
  fetch_state: 'active',
  fetchq_cnt: 0,
  next_offset: 10,
  committed_offset: 10,
  lo_offset: 0,
  hi_offset: 10,
};
const MORE = { ...IDLE, hi_offset: 20 };

function look(
  stalls: Stalls,
  assignment: PartitionAssignment,
  statistics: PartitionStatistics,
  seconds: number,
): number {
  stalls.evaluate([assignment], { [String(assignment.partition)]: statistics }, seconds * 1_000);
  const stall = stalls.longest(0);
  return stall === undefined ? -1 : stall.ms / 1_000;
}

describe('stuck partitions', () => {
  it('are those with messages in the topic of which none comes', () => {
    const [stalls, assignment] = [new Stalls(), new PartitionAssignment('images', 0)];
    look(stalls, assignment, MORE, 0);
    expect(look(stalls, assignment, MORE, 20)).toBe(20);
    expect(stalls.longest(20_000)?.assignment).toBe(assignment);
    expect(stalls.longest(20_001)).toBeUndefined();
  });

  it('exclude those at their end, or behind an open transaction', () => {
    const [stalls, assignment] = [new Stalls(), new PartitionAssignment('images', 0)];
    for (const statistics of [IDLE, { ...MORE, ls_offset: 10 }]) {
      look(stalls, assignment, statistics, 0);
      expect(look(stalls, assignment, statistics, 60)).toBe(-1);
    }
  });

  it.each(['none', 'stopped', 'offset-query', 'offset-wait'])(
    'are those in the fetch state %s, whatever is in the topic',
    (state) => {
      const [stalls, assignment] = [new Stalls(), new PartitionAssignment('images', 0)];
      look(stalls, assignment, { ...IDLE, fetch_state: state }, 0);
      expect(look(stalls, assignment, { ...IDLE, fetch_state: state }, 31)).toBe(31);
    },
  );

  it('move again with each message that comes or is settled', () => {
    const [stalls, assignment] = [new Stalls(), new PartitionAssignment('images', 0)];
    look(stalls, assignment, MORE, 0);
    assignment.taken = 10;
    assignment.handOut(10, 1);
    expect(look(stalls, assignment, MORE, 25)).toBe(0);
    expect(look(stalls, assignment, IDLE, 30)).toBe(5);
    assignment.settle(10, 1);
    expect(look(stalls, assignment, MORE, 40)).toBe(0);
  });

  it('are not those whose messages wait for their turn, until more were settled than may be ahead of them', () => {
    const [stalls, slow, other] = [
      new Stalls(),
      new PartitionAssignment('images', 0),
      new PartitionAssignment('images', 1),
    ];
    const at = (seconds: number, isWorking: boolean): number | undefined => {
      stalls.evaluate([slow, other], { 0: IDLE, 1: IDLE }, seconds * 1_000, { isWorking, mostAhead: 3 });
      return stalls.longest(1)?.ms;
    };
    const settle = (offset: number): void => {
      other.handOut(offset, 1);
      other.settle(offset, 1);
    };
    slow.handOut(10, 1);
    at(0, true);
    expect(at(60, true)).toBeUndefined();
    for (const offset of [0, 1, 2]) settle(offset);
    expect(at(120, true)).toBeUndefined();
    settle(3);
    expect(at(140, true)).toBe(20_000);
  });

  it('are those with unsettled messages on which nobody works', () => {
    const [stalls, assignment] = [new Stalls(), new PartitionAssignment('images', 0)];
    assignment.handOut(10, 1);
    const at = (seconds: number): void =>
      stalls.evaluate([assignment], { 0: IDLE }, seconds * 1_000, { isWorking: false, mostAhead: 256 });
    at(0);
    at(20);
    expect(stalls.longest(20_000)?.assignment).toBe(assignment);
  });

  it('are forgotten when nothing is to be expected, and with their assignment', () => {
    const [stalls, assignment] = [new Stalls(), new PartitionAssignment('images', 0)];
    look(stalls, assignment, MORE, 0);
    stalls.clear();
    expect(look(stalls, assignment, MORE, 60)).toBe(0);
    expect(look(stalls, new PartitionAssignment('images', 0), MORE, 120)).toBe(0);
  });
});
