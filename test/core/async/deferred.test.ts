import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred } from '../../../src/core/async/deferred';

it('is settled by the first call', async () => {
  const deferred = new Deferred<number>();
  deferred.resolve(1);
  deferred.resolve(2);
  deferred.reject(new Error('too late'));
  await expect(deferred.promise).resolves.toBe(1);
});

it('may reject while nobody waits, and rejects a later caller too', async () => {
  const stray = jest.fn();
  process.once('unhandledRejection', stray);
  const deferred = new Deferred();
  deferred.reject(new Error('broken'));
  await sleep(10);
  process.off('unhandledRejection', stray);
  expect(stray).not.toHaveBeenCalled();
  await expect(deferred.promise).rejects.toThrow('broken');
});
