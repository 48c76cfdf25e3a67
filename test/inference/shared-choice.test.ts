import { SharedChoice } from '../../src/inference/shared-choice';

/** The choices of two workers of one pool. */
function two(waitMs?: number): [SharedChoice, SharedChoice] {
  const first = new SharedChoice(undefined, waitMs);
  return [first, new SharedChoice(first.memory, waitMs)];
}

it('is made by the first worker for all', () => {
  const [first, second] = two();
  expect([first.claim(), second.claim()]).toEqual([true, false]);
  expect(first.choose('int8')).toBe('int8');
  expect(second.wait()).toBe('int8');
});

it('is kept for the replacement of a dead worker', () => {
  const [first, replacement] = two();
  first.claim();
  first.choose('fp32');
  expect(replacement.claim()).toBe(false);
  expect(replacement.wait()).toBe('fp32');
});

it('is fp32 for all workers if the measurement exceeds the time limit', () => {
  const [first, second] = two(1);
  first.claim();
  expect(second.claim()).toBe(false);
  expect(second.wait()).toBe('fp32');
  expect(first.choose('int8')).toBe('fp32');
});
