import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';
import type { SessionOptions } from '../../../src/brokers/kafka/session-options';
import { SessionWatch } from '../../../src/brokers/kafka/session-watch';
import type { Statistics } from '../../../src/brokers/kafka/statistics';

const PARTITION = {
  fetch_state: 'active',
  fetchq_cnt: 0,
  next_offset: 40,
  committed_offset: 40,
  lo_offset: 3,
};
const STATISTICS = {
  brokers: { '127.0.0.1:9092/1': { state: 'UP' } },
  topics: { images: { partitions: { 0: { ...PARTITION, hi_offset: 90 } } } },
  cgrp: { join_state: 'steady' },
} as unknown as Statistics;

describe('a stuck partition', () => {
  let now = 1_000;
  let logged: { offset: number }[] = [];
  const stalls: SessionOptions['stalls'] = new Map();
  beforeEach(() => {
    now = 1_000;
    logged = [];
    stalls.clear();
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  /** Runs a session without progress for `seconds`; returns the reasons for ending it. */
  function session(seconds: number, moved: number[] = []): string[] {
    const assignment = new PartitionAssignment('images', 0);
    for (const offset of moved) {
      assignment.handOut(offset, 1);
      assignment.settle(offset, 1);
      assignment.taken = offset;
    }
    const failures: string[] = [];
    const options = {
      ...{ address: 'kafka:9092', source: { topic: 'images', group: 'readers' }, properties: {}, stalls },
      log: { warn: (about: { offset: number }) => logged.push(about), debug: () => undefined },
      outages: { note: () => undefined, within: () => false },
      errors: {},
      onStatus: () => undefined,
    } as unknown as SessionOptions;
    const watch = new SessionWatch(options, {
      consumer: { getWatermarkOffsets: () => ({ highOffset: 90 }) } as never,
      assignments: new Map([[0, assignment]]),
      isPaused: () => false,
      fail: ({ message }) => failures.push(message),
    });
    for (let second = 0; second <= seconds && failures.length === 0; second++, now += 1_000)
      watch.onStatistics(STATISTICS);
    return failures;
  }

  it('is reported with the offset that it is waiting for, and its client is replaced once', () => {
    expect(session(31, [39])).toEqual([expect.stringContaining('has been stuck at offset 40 for 30 s')]);
    expect(logged).toEqual([expect.objectContaining({ offset: 40 })]);
    expect(session(60)).toEqual([]);
    expect(logged.at(-1)).toMatchObject({ offset: 40 });
  });

  it('has its client replaced again after ten minutes', () => {
    expect(session(31, [39])).toHaveLength(1);
    now += 600_000;
    expect(session(31)).toHaveLength(1);
  });
});
