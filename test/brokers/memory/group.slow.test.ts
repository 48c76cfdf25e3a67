import { createMemoryBroker } from '../../../src/brokers/memory/broker';
import type { Delivery } from '../../../src/core/message';
import type { Broker, MessageSource } from '../../../src/core/ports';
import { silentContext } from '../../helpers/broker-context';

let broker: Broker;

beforeEach(() => {
  broker = createMemoryBroker({ partitions: 4, retention: 1_000, redeliverAfterMs: 60_000 }, silentContext());
});

afterEach(() => broker.close());

async function join(): Promise<MessageSource> {
  const source = broker.createSource({
    topic: 't',
    group: 'g',
    from: 'earliest',
    maxInFlight: 1_000,
    maxInFlightBytes: 1_000_000,
  });
  await source.open(new AbortController().signal);
  return source;
}

async function publish(count: number): Promise<void> {
  const sink = broker.createSink();
  await sink.publish(
    't',
    Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: Buffer.from(String(i)), headers: [] })),
  );
  await sink.close();
}

async function receiveAll(source: MessageSource): Promise<Delivery[]> {
  const all: Delivery[] = [];
  for (;;) {
    const some = await source.receive(1_000, new AbortController().signal);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const partitionsOf = (deliveries: readonly Delivery[]): number[] =>
  [...new Set(deliveries.map(({ origin }) => origin.partition ?? -1))].sort();

test('the partitions are shared by the members, each in one hand', async () => {
  const members = [await join(), await join(), await join()];
  await publish(200);
  const shares = await Promise.all(members.map(receiveAll));
  expect(shares.flat()).toHaveLength(200);
  expect(shares.map(partitionsOf)).toEqual([[0, 3], [1], [2]]);
});

test('a member that joins gets nothing that another one is working on', async () => {
  const first = await join();
  await publish(100);
  const held = await receiveAll(first);
  const second = await join();
  expect(await receiveAll(second)).toEqual([]);
  first.settle(held);
  await publish(100);
  expect((await receiveAll(first)).length + (await receiveAll(second)).length).toBe(100);
});

test('more members than partitions leave some without work, until one leaves', async () => {
  const members = [await join(), await join(), await join(), await join(), await join()];
  await publish(100);
  expect(await receiveAll(members[4] as MessageSource)).toEqual([]);
  await members[0]?.close();
  const rest = await Promise.all(members.slice(1).map(receiveAll));
  expect(rest.flat()).toHaveLength(100);
});

test('unsettled messages of a former member are redelivered to the others, as the second attempt', async () => {
  const leaver = await join();
  await publish(50);
  const held = await receiveAll(leaver);
  leaver.settle(held.slice(0, 20));
  const stayer = await join();
  await leaver.close();
  const again = await receiveAll(stayer);
  expect(again.map((d) => d.sourceId).sort()).toEqual(
    held
      .slice(20)
      .map((d) => d.sourceId)
      .sort(),
  );
  expect(new Set(again.map((d) => d.attempt))).toEqual(new Set([2]));
});

test('100,000 messages go through in a moment', async () => {
  const source = await join();
  const sink = broker.createSink();
  const value = Buffer.alloc(784);
  const message = { key: null, value, headers: [] };
  const start = performance.now();
  const publishing = (async () => {
    for (let i = 0; i < 1_000; i++) await sink.publish('t', new Array(100).fill(message));
  })();
  let received = 0;
  while (received < 100_000) {
    const deliveries = await source.receive(256, new AbortController().signal);
    received += deliveries.length;
    source.settle(deliveries.reverse());
  }
  await publishing;
  expect(performance.now() - start).toBeLessThan(5_000);
});
