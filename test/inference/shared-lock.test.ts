import { SharedLock } from '../../src/inference/shared-lock';

const FREE = 0;
const TAKEN = 1;

function lockIn(state: number, waitMs = 1): { lock: SharedLock; state: () => number } {
  const memory = new SharedArrayBuffer(4);
  const view = new Int32Array(memory);
  view[0] = state;
  return { lock: new SharedLock(memory, waitMs), state: () => view[0] as number };
}

it('is taken during the work, and released with its result', () => {
  const { lock, state } = lockIn(FREE);
  expect(lock.run(state)).toBe(TAKEN);
  expect(state()).toBe(FREE);
});

it('is released when the work throws', () => {
  const { lock, state } = lockIn(FREE);
  const work = () => {
    throw new Error('no');
  };
  expect(() => lock.run(work)).toThrow('no');
  expect(state()).toBe(FREE);
});

it('is taken from a thread that does not release it in time', () => {
  const { lock, state } = lockIn(TAKEN);
  expect(lock.run(() => 'done')).toBe('done');
  expect(state()).toBe(FREE);
});
