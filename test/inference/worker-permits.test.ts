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
  it('are as many as there are workers, first come, first served', async () => {
    const permits = new WorkerPermits(10);
    const first = permits.take();
    const second = permits.take();
    expect(await settled(first)).toBe('pending');
    permits.workerUp();
    expect([await settled(first), await settled(second)]).toEqual(['granted', 'pending']);
    permits.giveBack();
    expect(await settled(second)).toBe('granted');
  });

  it('wait for the replacement of a lost worker', async () => {
    const permits = new WorkerPermits(10);
    permits.workerUp();
    await permits.take();
    permits.workerLost();
    permits.giveBack();
    const next = permits.take();
    expect(await settled(next)).toBe('pending');
    permits.workerUp();
    expect(await settled(next)).toBe('granted');
  });

  it('are given to urgent ones first, in turn with the others, and in order among themselves', async () => {
    const permits = new WorkerPermits(10);
    permits.workerUp();
    await permits.take();
    const order: string[] = [];
    const wait = (name: string, urgent: boolean) => void permits.take(urgent).then(() => order.push(name));
    for (const name of ['stream 1', 'stream 2']) wait(name, false);
    for (const name of ['urgent 1', 'urgent 2', 'urgent 3']) wait(name, true);
    for (let i = 0; i < 5; i++) {
      permits.giveBack();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(order).toEqual(['urgent 1', 'stream 1', 'urgent 2', 'stream 2', 'urgent 3']);
  });

  it('are given to the patient only when nobody else waits', async () => {
    const permits = new WorkerPermits(10);
    permits.workerUp();
    await permits.take();
    const patient = permits.takePatiently();
    const ordinary = permits.take();
    permits.giveBack();
    expect([await settled(ordinary), await settled(patient)]).toEqual(['granted', 'pending']);
    permits.giveBack();
    expect(await settled(patient)).toBe('granted');
    permits.giveBack();
    expect(await settled(permits.takePatiently())).toBe('granted');
  });

  it('are given to the patient in the end, also when somebody always waits', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const permits = new WorkerPermits(10);
      permits.workerUp();
      await permits.take();
      const patient = permits.takePatiently();
      jest.advanceTimersByTime(5_000);
      const later = permits.take();
      permits.giveBack();
      expect([await settled(patient), await settled(later)]).toEqual(['granted', 'pending']);
      permits.close(new StreamInferError('NOT_READY', 'closed'));
      expect([await settled(later), await settled(permits.takePatiently())]).toEqual([
        'NOT_READY',
        'NOT_READY',
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('are refused when too many wait, and to everybody after close', async () => {
    const permits = new WorkerPermits(1);
    const waiting = permits.take();
    expect(await settled(permits.take())).toBe('OVERLOADED');
    permits.close(new StreamInferError('NOT_READY', 'closed'));
    expect([await settled(waiting), await settled(permits.take())]).toEqual(['NOT_READY', 'NOT_READY']);
  });
});
