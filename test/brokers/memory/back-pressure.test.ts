import { createMemoryBroker } from '../../../src/brokers/memory/broker';
import type { Broker, MessageSink, MessageSource, SourceOptions } from '../../../src/core/ports';
import type { Delivery, OutgoingMessage } from '../../../src/core/message';
import { silentContext } from '../../helpers/broker-context';

let broker: Broker;
let sink: MessageSink;

beforeEach(async () => {
  broker = createMemoryBroker({ partitions: 1, retention: 10, redeliverAfterMs: 60_000 }, silentContext());
  sink = broker.createSink();
  await sink.open(new AbortController().signal);
});

afterEach(() => broker.close());

function messages(count: number, first = 0): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    key: null,
    value: Buffer.from(String(first + i)),
    headers: [],
  }));
}

async function open(options: Partial<SourceOptions> = {}): Promise<MessageSource> {
  const source = broker.createSource({
    topic: 't',
    group: 'g',
    from: 'earliest',
    maxInFlight: 100,
    maxInFlightBytes: 1_000_000,
    ...options,
  });
  await source.open(new AbortController().signal);
  return source;
}

async function receive(source: MessageSource, max = 100): Promise<Delivery[]> {
  return source.receive(max, new AbortController().signal);
}

const textOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ value }) => String(value));

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  const soon = new Promise((resolve) => setTimeout(() => resolve(pending), 30));
  return (await Promise.race([promise, soon])) !== pending;
}

test('a topic without a group drops its oldest messages', async () => {
  await sink.publish('t', messages(25));
  expect(textOf(await receive(await open()))).toEqual(textOf(await receive(await open({ group: null }))));
  expect(textOf(await receive(await open({ group: 'other' })))[0]).toBe('15');
});

test('publishing waits while a group has not settled, and continues message by message', async () => {
  const source = await open();
  const publishing = sink.publish('t', messages(12));
  expect(await isDone(publishing)).toBe(false);
  const deliveries = await receive(source);
  expect(deliveries).toHaveLength(10);
  source.settle(deliveries.slice(1));
  expect(await isDone(publishing)).toBe(false);
  source.settle(deliveries.slice(0, 1));
  expect(await publishing).toEqual([]);
  expect(textOf(await receive(source))).toEqual(['10', '11']);
});

test('the slowest of two groups holds the publisher back, a reader without a group does not', async () => {
  const fast = await open();
  const slow = await open({ group: 'slow' });
  await open({ group: null });
  await sink.publish('t', messages(10));
  fast.settle(await receive(fast));
  const publishing = sink.publish('t', messages(1, 10));
  expect(await isDone(publishing)).toBe(false);
  slow.settle(await receive(slow));
  expect(await publishing).toEqual([]);
});

test('without a key the message goes to a partition that has room', async () => {
  const admin = broker.createAdmin();
  await admin.createTopics([{ topic: 'two', partitions: 2 }]);
  await open({ topic: 'two' });
  const keyed = messages(10).map((message) => ({ ...message, key: 'same' }));
  await sink.publish('two', keyed);
  expect(await isDone(sink.publish('two', messages(10)))).toBe(true);
});

test('closing the sink ends its waiting with PUBLISH_FAILED', async () => {
  await open();
  const publishing = sink.publish('t', messages(11));
  const failure = expect(publishing).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
  await sink.close();
  await failure;
});

test('deleting the topic ends the wait, and the reader continues with the new topic of that name', async () => {
  const source = await open();
  const publishing = sink.publish('t', messages(11));
  await broker.createAdmin().deleteTopics([{ topic: 't' }]);
  await publishing;
  expect(textOf(await receive(source))).toEqual(['10']);
});

test('a reader and a publisher that never pause leave timers their turn', async () => {
  const source = await open();
  let fired = false;
  setTimeout(() => (fired = true), 5);
  const end = performance.now() + 500;
  while (!fired && performance.now() < end) {
    await sink.publish('t', messages(5));
    source.settle(await receive(source));
  }
  expect(fired).toBe(true);
});
