import { Answers } from '../../../src/brokers/kafka/answers';
import type { Statistics } from '../../../src/brokers/kafka/statistics';

function at(rx: number, waitresp_cnt: number): Statistics {
  return { brokers: { a: { nodeid: 1, state: 'UP', rx, waitresp_cnt } } };
}

describe('whether the brokers answer', () => {
  it('is heard with each answer, and they are silent when requests have waited for long without one', () => {
    const answers = new Answers();
    expect(answers.evaluate(at(1, 1), 0)).toBe('answering');
    expect(answers.evaluate(at(2, 1), 1_000)).toBe('answering');
    expect(answers.evaluate(at(2, 3), 4_900)).toBe('unknown');
    expect(answers.evaluate(at(2, 3), 5_000)).toBe('silent');
    expect(answers.evaluate(at(3, 0), 7_000)).toBe('answering');
  });

  it('is not known as long as nothing is asked, and the first request after that has its time', () => {
    const answers = new Answers();
    expect(answers.evaluate(at(2, 0), 0)).toBe('answering');
    expect(answers.evaluate(at(2, 0), 60_000)).toBe('unknown');
    expect(answers.evaluate(at(2, 1), 61_000)).toBe('unknown');
    expect(answers.evaluate(at(2, 1), 64_900)).toBe('unknown');
    expect(answers.evaluate(at(2, 1), 65_000)).toBe('silent');
  });

  it('ignores the coordinator while a group admits its members, but not the other brokers', () => {
    const joining = (waiting: number): Statistics => ({
      brokers: {
        GroupCoordinator: { nodeid: 1, state: 'UP', rx: 2, waitresp_cnt: 1 },
        'host:9092/1': { nodeid: 1, state: 'UP', rx: 7, waitresp_cnt: waiting },
      },
      cgrp: { join_state: 'wait-join' },
    });
    const answers = new Answers();
    answers.evaluate(joining(0), 0);
    expect(answers.evaluate(joining(0), 60_000)).toBe('unknown');
    expect(answers.evaluate(joining(1), 61_000)).toBe('unknown');
    expect(answers.evaluate(joining(1), 65_000)).toBe('silent');
  });

  it('is known by one that answers', () => {
    const answers = new Answers();
    const two = (rx: number): Statistics => ({
      brokers: { ...at(7, 1).brokers, b: { nodeid: 2, state: 'UP', rx, waitresp_cnt: 1 } },
    });
    answers.evaluate(two(1), 0);
    expect(answers.evaluate(two(2), 10_000)).toBe('answering');
    expect(answers.evaluate(two(2), 12_000)).toBe('unknown');
  });
});
