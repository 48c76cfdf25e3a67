import { Releasers } from '../../src/setup/releasers';
import { SILENT_LOG } from '../helpers/services';

describe('the parts of a process that ends', () => {
  afterEach(() => jest.useRealTimers());

  it('are released in reverse order, also after a failure, which is thrown at the end', async () => {
    const order: string[] = [];
    const releasers = new Releasers(SILENT_LOG);
    releasers.add('first', () => void order.push('first'));
    releasers.add('second', () => Promise.reject(new Error('no')));
    releasers.add('third', () => void order.push('third'));
    await expect(releasers.releaseAll()).rejects.toThrow('no');
    expect(order).toEqual(['third', 'first']);
  });

  it('are released at the same time if they need not wait for one another', async () => {
    const order: string[] = [];
    const releasers = new Releasers(SILENT_LOG);
    releasers.addToLast('first', () => void order.push('first'));
    releasers.add('sink', async () => {
      await new Promise(setImmediate);
      order.push('sink');
    });
    releasers.addToLast('source', () => Promise.reject(new Error(`after ${order.length}`)));
    await expect(releasers.releaseAll()).rejects.toThrow('after 0');
    expect(order).toEqual(['sink', 'first']);
  });

  it('are named where they take long', async () => {
    jest.useFakeTimers();
    const warn = jest.fn();
    const releasers = new Releasers({ ...SILENT_LOG, warn });
    releasers.add('quick', () => undefined);
    releasers.add('source', () => new Promise((resolve) => setTimeout(resolve, 3_000)));
    const released = releasers.releaseAll();
    await jest.advanceTimersByTimeAsync(2_400);
    expect(warn).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1_000);
    await released;
    expect(warn.mock.calls).toEqual([[{ part: 'source' }, 'closing takes long']]);
  });
});
