import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { aborted, untilAborted } from '../../../src/core/async/until-aborted';

const never = new Promise<never>(() => undefined);
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

it('resolves with the value, and rejects with the failure, of the work', async () => {
  const { signal } = new AbortController();
  await expect(untilAborted(Promise.resolve(7), signal)).resolves.toBe(7);
  await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
});

it('rejects with ABORTED when the signal aborts, or was aborted before', async () => {
  const stop = new AbortController();
  const waiting = untilAborted(never, stop.signal, 'opening the sink');
  stop.abort();
  await expect(waiting).rejects.toMatchObject({
    code: 'ABORTED',
    message: 'opening the sink was cancelled',
  });
  await expect(untilAborted(never, stop.signal)).rejects.toMatchObject({ code: 'ABORTED' });
});

it('ignores a failure of the work after the signal aborted', async () => {
  const stray = jest.fn();
  process.once('unhandledRejection', stray);
  const work = sleep(10).then(() => Promise.reject(new Error('broken')));
  await expect(untilAborted(work, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  await sleep(30);
  process.off('unhandledRejection', stray);
  expect(stray).not.toHaveBeenCalled();
});

it('leaves no listener on a signal that outlives the work', async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 20; i++) await untilAborted(Promise.resolve(), signal);
  await untilAborted(Promise.reject(new Error('broken')), signal).catch(() => undefined);
  expect(listenersOf(signal)).toBe(0);
});

it('waits for the signal alone', async () => {
  const stop = new AbortController();
  const waiting = aborted(stop.signal);
  stop.abort();
  await waiting;
  await aborted(stop.signal);
  expect(listenersOf(stop.signal)).toBe(0);
});
