import { Answers } from '../../../src/brokers/kafka/answers';
import type { Statistics } from '../../../src/brokers/kafka/statistics';

function at(rx: number, waitresp_cnt: number, join_state?: string): Statistics {
  const brokers = { a: { nodeid: 1, state: 'UP', rx, waitresp_cnt } };
  return { brokers, ...(join_state !== undefined && { cgrp: { join_state } }) };
}

describe('whether the brokers answer', () => {
  it('is heard with each answer, and they are silent when requests have waited for long without one', () => {
    const answers = new Answers();
    expect(answers.look(at(1, 1), 0)).toBe('heard');
    expect(answers.look(at(2, 1), 1_000)).toBe('heard');
    expect(answers.look(at(2, 3), 5_900)).toBe('unknown');
    expect(answers.look(at(2, 3), 6_000)).toBe('silent');
    expect(answers.look(at(3, 0), 7_000)).toBe('heard');
  });

  it('is not known as long as nothing is asked, and the first request after that has its time', () => {
    const answers = new Answers();
    expect(answers.look(at(2, 0), 0)).toBe('heard');
    expect(answers.look(at(2, 0), 60_000)).toBe('unknown');
    expect(answers.look(at(2, 1), 61_000)).toBe('unknown');
    expect(answers.look(at(2, 1), 65_900)).toBe('unknown');
    expect(answers.look(at(2, 1), 66_000)).toBe('silent');
  });

  it('is not known while a group takes its members in: a broker may hold a request of theirs for long', () => {
    const answers = new Answers();
    answers.look(at(2, 1, 'wait-join'), 0);
    expect(answers.look(at(2, 1, 'wait-join'), 60_000)).toBe('unknown');
  });

  it('is known by one that answers', () => {
    const answers = new Answers();
    const two = (rx: number): Statistics => ({
      brokers: { ...at(7, 1).brokers, b: { nodeid: 2, state: 'UP', rx, waitresp_cnt: 1 } },
    });
    answers.look(two(1), 0);
    expect(answers.look(two(2), 10_000)).toBe('heard');
    expect(answers.look(two(2), 12_000)).toBe('unknown');
  });
});
