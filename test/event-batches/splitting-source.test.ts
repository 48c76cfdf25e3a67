import fc from 'fast-check';
import { splitEvents } from '../../src/event-batches/split-events';
import { SplittingSource } from '../../src/event-batches/splitting-source';
import type { Delivery, Header } from '../../src/core/message';
import type { MessageSource } from '../../src/core/ports';
import { makeDelivery } from '../helpers/deliveries';

const BATCH: Header = ['Content-Type', 'application/cloudevents-batch+json; charset=UTF-8'];
const never = new AbortController().signal;
const texts = (events: readonly Buffer[] | undefined) => events?.map(String);

describe('a batch of CloudEvents', () => {
  it('is split into the bytes of its events, for any events and white space', () => {
    const events = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(events, fc.constantFrom(undefined, 2, '\t'), (list, indent) => {
        const split = splitEvents(Buffer.from(JSON.stringify(list, null, indent)));
        const plain = JSON.parse(JSON.stringify(list)) as unknown[];
        expect(texts(split)?.map((one) => JSON.parse(one) as unknown)).toEqual(plain);
      }),
    );
  });

  it.each(['', ' ', '[]', '{}', '[1]', '[{}', '[{},', '[{},]', '[{}] x', '[{}{}]', '[{"a":"]', 'null'])(
    'is refused as %j',
    (text) => {
      expect(splitEvents(Buffer.from(text))).toBeUndefined();
    },
  );

  it('has at most 1,000 events', () => {
    const batch = (count: number) => Buffer.from(`[${Array(count).fill('{}').join()}]`);
    expect(splitEvents(batch(1_000))).toHaveLength(1_000);
    expect(splitEvents(batch(1_001))).toBeUndefined();
  });
});

describe('a source with batches', () => {
  function setUp(...messages: Delivery[]) {
    const settled: string[] = [];
    const stale = new Set<Delivery>();
    const inner = {
      receive: async (max: number) => messages.splice(0, max),
      settle: (deliveries: readonly Delivery[]) =>
        void settled.push(...deliveries.map(({ sourceId }) => sourceId)),
      isCurrent: (delivery: Delivery) => !stale.has(delivery),
    } as unknown as MessageSource;
    return { source: new SplittingSource(inner), settled, stale };
  }

  const batch = (offset: number, text: string, ...headers: Header[]) =>
    makeDelivery(offset, { value: Buffer.from(text), headers: [BATCH, ...headers], key: Buffer.from('k') });

  it('delivers each event with the type of an event, and the key and other headers of its message', async () => {
    const { source } = setUp(batch(7, '[{"a":1}, {"b":2}]', ['id', 'all'], ['trace', 't']), makeDelivery(8));
    const deliveries = await source.receive(10, never);
    expect(deliveries.map(({ sourceId, value }) => [sourceId, value?.toString().slice(0, 7)])).toEqual([
      ['images/0/7#0', '{"a":1}'],
      ['images/0/7#1', '{"b":2}'],
      ['images/0/8', expect.anything()],
    ]);
    expect(deliveries[0]?.headers).toEqual([
      ['content-type', 'application/cloudevents+json'],
      ['trace', 't'],
    ]);
    expect(deliveries[0]).toMatchObject({ key: Buffer.from('k'), origin: { offset: '7' } });
  });

  it('settles a message when the last of its events is settled, in whatever order', async () => {
    const { source, settled } = setUp(batch(1, '[{},{},{}]'), makeDelivery(2));
    const [first, second, third, plain] = (await source.receive(10, never)) as [
      Delivery,
      Delivery,
      Delivery,
      Delivery,
    ];
    source.settle([third, plain]);
    source.settle([first]);
    expect(settled).toEqual(['images/0/2']);
    source.settle([second]);
    expect(settled).toEqual(['images/0/2', 'images/0/1']);
  });

  it('passes on what cannot be split, and takes few messages at once', async () => {
    const { source } = setUp(...Array.from({ length: 9 }, (_, offset) => batch(offset, '[')));
    const deliveries = await source.receive(512, never);
    expect(deliveries.map(({ sourceId }) => sourceId)).toEqual([
      'images/0/0',
      'images/0/1',
      'images/0/2',
      'images/0/3',
    ]);
  });

  it('loses all events of a message together', async () => {
    const message = batch(1, '[{},{}]');
    const { source, stale } = setUp(message);
    const events = await source.receive(1, never);
    expect(events.map((one) => source.isCurrent(one))).toEqual([true, true]);
    stale.add(message);
    expect(events.map((one) => source.isCurrent(one))).toEqual([false, false]);
  });
});
