import { hasReachableBroker, lagOf, parseStatistics } from '../../../src/brokers/kafka/statistics';

const partition = {
  fetch_state: 'active',
  fetchq_cnt: 0,
  next_offset: 10,
  committed_offset: -1001,
  lo_offset: 2,
  hi_offset: 10,
};

describe('the lag of a partition', () => {
  it('is what lies between the position and the end', () => {
    expect(lagOf(partition, 30, 12, 5)).toBe(18);
  });

  it('starts at the commit, or at the beginning, while nothing was settled', () => {
    expect(lagOf({ ...partition, committed_offset: 7 }, 10, undefined, 0)).toBe(3);
    expect(lagOf(partition, 10, undefined, 0)).toBe(8);
  });

  it('is nothing behind the last message, though a transaction marker follows it', () => {
    expect(lagOf(partition, 10, 9, 0)).toBe(0);
    expect(lagOf(partition, 10, 9, 1)).toBe(1);
  });

  it('is nothing there after a restart either, when the client has taken the marker', () => {
    const restarted = { ...partition, committed_offset: 9, app_offset: 10 };
    expect(lagOf(restarted, 10, undefined, 0)).toBe(0);
    expect(lagOf(restarted, 10, undefined, 1)).toBe(1);
    expect(lagOf({ ...restarted, next_offset: 9 }, 10, undefined, 0)).toBe(1);
    expect(lagOf({ ...restarted, fetchq_cnt: 1 }, 10, undefined, 0)).toBe(1);
    expect(lagOf({ ...restarted, app_offset: -1001 }, 10, undefined, 0)).toBe(1);
    expect(lagOf({ ...restarted, fetch_state: 'offset-query' }, 10, undefined, 0)).toBe(1);
  });

  it('is unknown without an end', () => {
    expect(lagOf(undefined, undefined, 5, 0)).toBeUndefined();
    expect(lagOf({ ...partition, hi_offset: -1001 }, undefined, 5, 0)).toBeUndefined();
  });
});

describe('what the statistics say of the brokers', () => {
  const up = { brokers: { a: { nodeid: 1, state: 'UP' }, b: { nodeid: 2, state: 'DOWN' } } };
  it('reads the statistics of librdkafka, and nothing from nonsense', () => {
    expect(hasReachableBroker(parseStatistics({ message: JSON.stringify(up) }) ?? {})).toBe(true);
    expect(parseStatistics({ message: '{' })).toBeUndefined();
    expect(parseStatistics({})).toBeUndefined();
  });
});
