import { WakeUp } from '../../../src/core/async/wake-up';

const LONG_MS = 60_000;

describe('waiting to be woken', () => {
  it('ends when it is woken', async () => {
    const wakeUp = new WakeUp();
    const waiting = wakeUp.wait(LONG_MS);
    wakeUp.wake();
    await expect(waiting).resolves.toBeUndefined();
  });

  it('ends when the time is over, and when the signal aborts', async () => {
    const wakeUp = new WakeUp();
    await wakeUp.wait(1);
    const stop = new AbortController();
    const waiting = wakeUp.wait(LONG_MS, stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
  });

  it('is not shortened by a call while nobody waits', async () => {
    const wakeUp = new WakeUp();
    wakeUp.wake();
    let over = false;
    const waiting = wakeUp.wait(LONG_MS).then(() => (over = true));
    await Promise.resolve();
    expect(over).toBe(false);
    wakeUp.wake();
    await waiting;
  });
});
