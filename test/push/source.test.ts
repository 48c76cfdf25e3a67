import { PushSource, type PushResult } from '../../src/push/source';
import type { Delivery } from '../../src/core/message';

const NEVER = new AbortController().signal;

function message(sourceId: string): Delivery {
  return {
    origin: { broker: 'pubsub', topic: 'images', partition: null, offset: null },
    sourceId,
    key: null,
    value: Buffer.from('image'),
    headers: [],
    timestamp: 0,
    receivedAt: 0,
    attempt: 1,
  };
}

async function isPending(result: Promise<PushResult>): Promise<boolean> {
  return (await Promise.race([result, Promise.resolve('pending')])) === 'pending';
}

describe('the source of pushed messages', () => {
  it('answers a request only when its message is settled', async () => {
    const source = new PushSource();
    await source.open();
    const first = source.offer(message('1'), NEVER);
    const second = source.offer(message('2'), NEVER);
    const taken = await source.receive(10, NEVER);
    expect(taken.map(({ sourceId }) => sourceId)).toEqual(['1', '2']);
    source.settle(taken.slice(1));
    expect(await second).toBe('settled');
    expect(await isPending(first)).toBe(true);
    source.settle(taken);
    expect(await first).toBe('settled');
  });

  it('takes messages before it is open, because one of them may have started the process', async () => {
    const source = new PushSource();
    const result = source.offer(message('1'), NEVER);
    await source.open();
    expect(source.status()).toEqual({ state: 'up' });
    source.settle(await source.receive(10, NEVER));
    expect(await result).toBe('settled');
  });

  it('wakes a waiting reader, and returns no more messages than asked for', async () => {
    const source = new PushSource();
    const reading = source.receive(1, NEVER);
    for (const id of ['1', '2']) void source.offer(message(id), NEVER);
    expect(await reading).toHaveLength(1);
    expect(await source.receive(10, NEVER)).toHaveLength(1);
  });

  it('classifies a message once that is pushed again meanwhile, and answers both requests', async () => {
    const source = new PushSource();
    const first = source.offer(message('1'), NEVER);
    const taken = await source.receive(10, NEVER);
    const again = source.offer(message('1'), NEVER);
    source.settle(taken);
    expect(await Promise.all([first, again])).toEqual(['settled', 'settled']);
    expect(await source.receive(10, AbortSignal.abort())).toEqual([]);
  });

  it('forgets a waiting message whose client is gone, but not one that is classified already', async () => {
    const source = new PushSource();
    const gone = new AbortController();
    const waiting = source.offer(message('1'), gone.signal);
    gone.abort();
    expect(await waiting).toBe('returned');
    const client = new AbortController();
    const started = source.offer(message('2'), client.signal);
    const taken = await source.receive(10, NEVER);
    expect(taken.map(({ sourceId }) => sourceId)).toEqual(['2']);
    client.abort();
    expect(await started).toBe('returned');
    expect(source.isCurrent(message('2'))).toBe(true);
    source.settle(taken);
    expect(source.isCurrent(message('2'))).toBe(false);
  });

  it('returns what is waiting when it stops, and the rest when it is closed', async () => {
    const source = new PushSource();
    const started = source.offer(message('1'), NEVER);
    const taken = await source.receive(10, NEVER);
    const waiting = source.offer(message('2'), NEVER);
    source.stop();
    expect(await waiting).toBe('returned');
    expect(await source.offer(message('3'), NEVER)).toBe('returned');
    expect(await isPending(started)).toBe(true);
    await source.close();
    expect(await started).toBe('returned');
    source.settle(taken);
    expect(source.status()).toEqual({ state: 'closed' });
  });
});
