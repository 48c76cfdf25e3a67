import { setTimeout as sleep } from 'node:timers/promises';
import type { Inbox } from '../../../src/brokers/pubsub/inbox';
import { Leases } from '../../../src/brokers/pubsub/leases';
import type { SubscriptionStream } from '../../../src/brokers/pubsub/stream';

function stage() {
  const calls: string[] = [];
  let streams = 0;
  const inbox = {
    empty: true,
    returnWaiting: () => calls.push('return waiting'),
    close: () => calls.push('close inbox'),
  } as unknown as Inbox;
  const open = (most: number | undefined): SubscriptionStream => {
    const name = `stream ${++streams}`;
    calls.push(`open ${name} for ${most ?? 'all'}`);
    return {
      stop: () => calls.push(`stop ${name}`),
      close: async () => void calls.push(`close ${name}`),
    } as unknown as SubscriptionStream;
  };
  return { leases: new Leases(inbox), open, calls };
}

/** Longer than a stream takes to end. */
const ENDED = 150;

it('leases nothing during a pause and returns what waits, then opens a new stream', async () => {
  const { leases, open, calls } = stage();
  leases.start(open);
  leases.pause();
  await sleep(ENDED);
  expect(calls).toEqual(['open stream 1 for all', 'stop stream 1', 'close stream 1', 'return waiting']);
  leases.resume();
  await sleep(0);
  expect(calls.at(-1)).toBe('open stream 2 for all');
});

it('opens one stream only, whatever ends or begins during a pause', async () => {
  const { leases, open, calls } = stage();
  leases.start(open);
  leases.lost();
  leases.pause();
  leases.resume();
  await sleep(0);
  // The source reconnects.
  leases.start(open);
  leases.resume();
  await sleep(0);
  expect(calls.filter((call) => call.startsWith('open'))).toHaveLength(2);
  leases.pause();
  leases.start(open);
  await sleep(0);
  expect(calls.filter((call) => call.startsWith('open'))).toHaveLength(2);
  await leases.close();
});

it('replaces the stream for another limit, except while it is paused', async () => {
  const { leases, open, calls } = stage();
  leases.start(open);
  leases.limitLeases(5);
  leases.limitLeases(5);
  await sleep(ENDED);
  expect(calls.at(-1)).toBe('open stream 2 for 5');
  leases.pause();
  leases.limitLeases(9);
  await sleep(ENDED);
  expect(calls.filter((call) => call.startsWith('open'))).toHaveLength(2);
  leases.resume();
  await sleep(0);
  expect(calls.at(-1)).toBe('open stream 3 for 9');
});
