import { StreamInferError } from '../../src/core/errors';
import { WorkerPermits } from '../../src/inference/worker-permits';

async function settled(promise: Promise<unknown>): Promise<string> {
  const outcome = promise.then(
    () => 'granted',
    (error: StreamInferError) => error.code,
  );
  return Promise.race([outcome, new Promise<string>((resolve) => setImmediate(() => resolve('pending')))]);
}

describe('permits', () => {
  it('are granted one per worker, in order of arrival', async () => {
    const permits = new WorkerPermits(10);
    const first = permits.acquire();
    const second = permits.acquire();
    expect(await settled(first)).toBe('pending');
    permits.workerUp();
    expect([await settled(first), await settled(second)]).toEqual(['granted', 'pending']);
    permits.release();
    expect(await settled(second)).toBe('granted');
  });

  it('wait for the replacement of a dead worker', async () => {
    const permits = new WorkerPermits(10);
    permits.workerUp();
    await permits.acquire();
    permits.workerLost();
    permits.release();
    const next = permits.acquire();
    expect(await settled(next)).toBe('pending');
    permits.workerUp();
    expect(await settled(next)).toBe('granted');
  });

  it('alternate between urgent and normal tasks, urgent first and in order', async () => {
    const permits = new WorkerPermits(10);
    permits.workerUp();
    await permits.acquire();
    const order: string[] = [];
    const wait = (name: string, urgent: boolean) => void permits.acquire(urgent).then(() => order.push(name));
    for (const name of ['stream 1', 'stream 2']) wait(name, false);
    for (const name of ['urgent 1', 'urgent 2', 'urgent 3']) wait(name, true);
    for (let i = 0; i < 5; i++) {
      permits.release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(order).toEqual(['urgent 1', 'stream 1', 'urgent 2', 'stream 2', 'urgent 3']);
  });

  it('are granted to low priority only if nothing else waits', async () => {
    const permits = new WorkerPermits(10);
    permits.workerUp();
    await permits.acquire();
    const low = permits.acquireLowPriority();
    const normal = permits.acquire();
    permits.release();
    expect([await settled(normal), await settled(low)]).toEqual(['granted', 'pending']);
    permits.release();
    expect(await settled(low)).toBe('granted');
    permits.release();
    expect(await settled(permits.acquireLowPriority())).toBe('granted');
  });

  it('are granted to low priority eventually, even if other tasks always wait', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const permits = new WorkerPermits(10);
      permits.workerUp();
      await permits.acquire();
      const low = permits.acquireLowPriority();
      jest.advanceTimersByTime(5_000);
      const later = permits.acquire();
      permits.release();
      expect([await settled(low), await settled(later)]).toEqual(['granted', 'pending']);
      permits.close(new StreamInferError('NOT_READY', 'closed'));
      expect([await settled(later), await settled(permits.acquireLowPriority())]).toEqual([
        'NOT_READY',
        'NOT_READY',
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('are rejected if too many tasks wait, and after close', async () => {
    const permits = new WorkerPermits(1);
    const waiting = permits.acquire();
    expect(await settled(permits.acquire())).toBe('OVERLOADED');
    permits.close(new StreamInferError('NOT_READY', 'closed'));
    expect([await settled(waiting), await settled(permits.acquire())]).toEqual(['NOT_READY', 'NOT_READY']);
  });
});
