import { Lease } from '../../../src/brokers/kafka/lease';
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

function look(stalls: Stalls, lease: Lease, statistics: PartitionStatistics, seconds: number): number {
  stalls.look([lease], { [String(lease.partition)]: statistics }, seconds * 1_000);
  const stall = stalls.longest(0);
  return stall === undefined ? -1 : stall.ms / 1_000;
}

describe('partitions that stand still', () => {
  it('are those with messages in the topic of which none comes', () => {
    const [stalls, lease] = [new Stalls(), new Lease('images', 0)];
    look(stalls, lease, MORE, 0);
    expect(look(stalls, lease, MORE, 20)).toBe(20);
    expect(stalls.longest(20_000)?.lease).toBe(lease);
    expect(stalls.longest(20_001)).toBeUndefined();
  });

  it('are not those that are at their end, or wait behind an open transaction', () => {
    const [stalls, lease] = [new Stalls(), new Lease('images', 0)];
    for (const statistics of [IDLE, { ...MORE, ls_offset: 10 }]) {
      look(stalls, lease, statistics, 0);
      expect(look(stalls, lease, statistics, 60)).toBe(-1);
    }
  });

  it.each(['none', 'stopped', 'offset-query', 'offset-wait'])(
    'are those in the fetch state %s, whatever is in the topic',
    (state) => {
      const [stalls, lease] = [new Stalls(), new Lease('images', 0)];
      look(stalls, lease, { ...IDLE, fetch_state: state }, 0);
      expect(look(stalls, lease, { ...IDLE, fetch_state: state }, 31)).toBe(31);
    },
  );

  it('move again with each message that comes or is settled', () => {
    const [stalls, lease] = [new Stalls(), new Lease('images', 0)];
    look(stalls, lease, MORE, 0);
    lease.taken = 10;
    lease.handOut(10, 1);
    expect(look(stalls, lease, MORE, 25)).toBe(0);
    expect(look(stalls, lease, IDLE, 30)).toBe(5);
    lease.settle(10, 1);
    expect(look(stalls, lease, MORE, 40)).toBe(0);
  });

  it('are forgotten when nothing is to be expected, and with their assignment', () => {
    const [stalls, lease] = [new Stalls(), new Lease('images', 0)];
    look(stalls, lease, MORE, 0);
    stalls.clear();
    expect(look(stalls, lease, MORE, 60)).toBe(0);
    expect(look(stalls, new Lease('images', 0), MORE, 120)).toBe(0);
  });
});
