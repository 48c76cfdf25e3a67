import { setTimeout as sleep } from 'node:timers/promises';
import { waitAtMost, withTimeout } from '../../../src/core/async/timeout';

const never = new Promise<never>(() => undefined);
const late = () => new Error('too late');

describe('withTimeout', () => {
  it('resolves with the value, and rejects with the failure, of work in time', async () => {
    await expect(withTimeout(Promise.resolve(7), 1_000, late)).resolves.toBe(7);
    await expect(withTimeout(Promise.reject(new Error('broken')), 1_000, late)).rejects.toThrow('broken');
  });

  it('rejects when the time is over', async () => {
    await expect(withTimeout(never, 5, late)).rejects.toThrow('too late');
  });

  it('ignores a failure after the time-out', async () => {
    const stray = jest.fn();
    process.once('unhandledRejection', stray);
    const work = sleep(20).then(() => Promise.reject(new Error('broken')));
    await expect(withTimeout(work, 5, late)).rejects.toThrow('too late');
    await sleep(40);
    process.off('unhandledRejection', stray);
    expect(stray).not.toHaveBeenCalled();
  });

  it('leaves no timer behind', async () => {
    const clear = jest.spyOn(global, 'clearTimeout');
    await withTimeout(Promise.resolve(), 600_000, late);
    expect(clear).toHaveBeenCalledTimes(1);
    clear.mockRestore();
  });
});

describe('waitAtMost', () => {
  it('reports whether the work finished in time', async () => {
    expect(await waitAtMost(Promise.resolve('anything'), 1_000)).toBe(true);
    expect(await waitAtMost(never, 5)).toBe(false);
  });

  it('rejects with a failure in time', async () => {
    await expect(waitAtMost(Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken');
  });
});
