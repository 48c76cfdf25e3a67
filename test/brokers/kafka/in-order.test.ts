import fc from 'fast-check';
import { InOrder } from '../../../src/brokers/kafka/in-order';

describe('things that are finished in any order', () => {
  it('come back in the order in which they were taken, none before all that were taken before it are finished', () => {
    const order = new InOrder<string>();
    for (const item of ['a', 'b', 'c']) order.take(item);
    expect(order.finish('c')).toEqual([]);
    expect(order.finish('a')).toEqual(['a']);
    order.take('d');
    expect(order.finish('b')).toEqual(['b', 'c']);
    expect(order.finish('d')).toEqual(['d']);
  });

  it('are returned once, also when an item is finished twice or was never taken', () => {
    const order = new InOrder<string>();
    order.take('a');
    order.take('b');
    expect(order.finish('b')).toEqual([]);
    expect(order.finish('b')).toEqual([]);
    expect(order.finish('x')).toEqual([]);
    expect(order.finish('a')).toEqual(['a', 'b']);
    expect(order.finish('a')).toEqual([]);
  });

  it('all come back in the end, in order, whatever the order of finishing', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(40).keys()], { minLength: 40 }), (finished) => {
        const order = new InOrder<number>();
        for (let i = 0; i < 40; i++) order.take(i);
        expect(finished.flatMap((item) => order.finish(item))).toEqual([...Array(40).keys()]);
      }),
    );
  });
});
