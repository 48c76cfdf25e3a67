import { Lease } from '../../../src/brokers/kafka/lease';
import { UnreadPartitions, leavesPartitionsUnread } from '../../../src/brokers/kafka/unread';

const statistics = (state: string) => ({
  '0': {
    fetch_state: 'active',
    fetchq_cnt: 0,
    next_offset: 1,
    committed_offset: 1,
    lo_offset: 0,
    hi_offset: 1,
  },
  '1': { fetch_state: state, fetchq_cnt: 0, next_offset: 0, committed_offset: 1, lo_offset: 0, hi_offset: 1 },
});

describe('partitions that are assigned and not read', () => {
  const [first, second] = [new Lease('images', 0), new Lease('images', 1)];

  it('are found when one of them has not been fetched for half a minute', () => {
    const unread = new UnreadPartitions();
    expect(unread.find([first, second], statistics('none'), 1_000)).toBeUndefined();
    expect(unread.find([first, second], statistics('none'), 30_000)).toBeUndefined();
    expect(unread.find([first, second], statistics('none'), 31_001)).toBe(second);
  });

  it('are not those that are fetched in between, wait for an answer, or came just now', () => {
    const unread = new UnreadPartitions();
    unread.find([first, second], statistics('none'), 1_000);
    unread.find([first, second], statistics('active'), 20_000);
    expect(unread.find([first, second], statistics('stopped'), 40_000)).toBeUndefined();
    expect(unread.find([first, second], statistics('offset-wait'), 80_000)).toBeUndefined();
    unread.find([first, second], statistics('none'), 90_000);
    expect(unread.find([first, new Lease('images', 1)], statistics('none'), 130_000)).toBeUndefined();
  });

  it('are to be expected when the coordinator has moved, and after no other error', () => {
    expect(leavesPartitionsUnread({ code: 16, message: 'Broker: Not coordinator' })).toBe(true);
    expect(leavesPartitionsUnread({ code: -195, message: 'broker transport failure' })).toBe(false);
  });
});
