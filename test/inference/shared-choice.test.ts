import { SharedChoice } from '../../src/inference/shared-choice';

/** Those of two workers of one pool. */
function two(waitMs?: number): [SharedChoice, SharedChoice] {
  const first = new SharedChoice(undefined, waitMs);
  return [first, new SharedChoice(first.memory, waitMs)];
}

it('is made by the first worker only, and the same for all', () => {
  const [first, second] = two();
  expect([first.claim(), second.claim()]).toEqual([true, false]);
  expect(first.choose('int8')).toBe('int8');
  expect(second.wait()).toBe('int8');
});

it('stays what it is for a worker that replaces a lost one', () => {
  const [first, replacement] = two();
  first.claim();
  first.choose('fp32');
  expect(replacement.claim()).toBe(false);
  expect(replacement.wait()).toBe('fp32');
});

it('is fp32, also for the worker that measures, when that takes too long for the others', () => {
  const [first, second] = two(1);
  first.claim();
  expect(second.claim()).toBe(false);
  expect(second.wait()).toBe('fp32');
  expect(first.choose('int8')).toBe('fp32');
});
