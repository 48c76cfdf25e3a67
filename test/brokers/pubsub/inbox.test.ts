import type { Message } from '@google-cloud/pubsub';

import { Inbox } from '../../../src/brokers/pubsub/inbox';
import type { SourceOptions } from '../../../src/core/ports';

interface Sent {
  readonly message: Message;
  readonly calls: string[];
}

/** A message of the client that notes what happens to it. */
function sent(id: string, size = 1): Sent {
  const calls: string[] = [];
  const part = {
    id,
    data: Buffer.alloc(size),
    attributes: {},
    publishTime: new Date(0),
    deliveryAttempt: 0,
    ack: () => calls.push('ack'),
    nack: () => calls.push('nack'),
  };
  return { message: part as unknown as Message, calls };
}

function inbox(options: Partial<SourceOptions> = {}): Inbox {
  return new Inbox({
    topic: 't',
    group: 'g',
    from: 'earliest',
    maxInFlight: 10,
    maxInFlightBytes: 1_000,
    ...options,
  });
}

const idsOf = (deliveries: readonly { sourceId: string }[]): string[] => deliveries.map((d) => d.sourceId);

test('a message is acked when its delivery is settled, and once', () => {
  const box = inbox();
  const { message, calls } = sent('1');
  box.offer(message);
  const deliveries = box.take(10);
  expect(calls).toEqual([]);
  box.settle(deliveries);
  box.settle(deliveries);
  expect(calls).toEqual(['ack']);
  expect(box.empty).toBe(true);
});

test('a redelivery of a held message is not a second delivery, and is acked with the first', () => {
  const box = inbox();
  const copies = [sent('1'), sent('1'), sent('1')] as const;
  box.offer(copies[0].message);
  box.offer(copies[1].message);
  const deliveries = box.take(10);
  box.offer(copies[2].message);
  expect([...idsOf(deliveries), ...idsOf(box.take(10))]).toEqual(['1']);
  box.settle(deliveries);
  expect(copies.map(({ calls }) => calls)).toEqual([['ack'], ['ack'], ['ack']]);
});

test('never more than maxInFlight or maxInFlightBytes are unsettled, save one that is larger alone', () => {
  const box = inbox({ maxInFlight: 2, maxInFlightBytes: 100 });
  for (const [id, size] of [
    ['big', 500],
    ['a', 60],
    ['b', 30],
    ['c', 1],
    ['d', 90],
  ] as const) {
    box.offer(sent(id, size).message);
  }
  const rounds: string[][] = [];
  for (let held = box.take(10); held.length > 0; held = box.take(10)) {
    rounds.push(idsOf(held));
    box.settle(held);
  }
  expect(rounds).toEqual([['big'], ['a', 'b'], ['c', 'd']]);
});

test('a reader without a group acks what it takes', () => {
  const box = inbox({ group: null, maxInFlight: 1 });
  const both = [sent('1'), sent('2')] as const;
  for (const { message } of both) box.offer(message);
  expect(idsOf(box.take(10))).toEqual(['1', '2']);
  expect(both.map(({ calls }) => calls)).toEqual([['ack'], ['ack']]);
});

test('closing returns all unsettled messages, and later ones at once', () => {
  const box = inbox({ maxInFlight: 1 });
  const [taken, waiting, late] = [sent('1'), sent('2'), sent('3')] as const;
  box.offer(taken.message);
  box.offer(waiting.message);
  const deliveries = box.take(10);
  box.close();
  box.settle(deliveries);
  box.offer(late.message);
  expect([taken, waiting, late].map(({ calls }) => calls)).toEqual([['nack'], ['nack'], ['nack']]);
});
