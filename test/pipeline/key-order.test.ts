import fc from 'fast-check';
import type { Delivery } from '../../src/core/message';
import type { Outcome } from '../../src/core/prediction';
import { KeyOrder } from '../../src/pipeline/key-order';
import { makeDelivery } from '../helpers/deliveries';

const never = new AbortController().signal;

/** An outbox whose publishes are confirmed by hand. */
function setUp() {
  const calls: {
    readonly outcomes: readonly Outcome[];
    confirm(durable?: readonly Outcome[]): void;
    fail(): void;
  }[] = [];
  const stale = new Set<Delivery>();
  const order = new KeyOrder({
    stalled: false,
    deliver: (outcomes) =>
      new Promise((resolve, reject) =>
        calls.push({
          outcomes,
          confirm: (durable = outcomes) => resolve(durable),
          fail: () => reject(new Error('stopped')),
        }),
      ),
  });
  const take = async (...keys: (string | null)[]): Promise<Outcome[]> => {
    const deliveries = keys.map((key, at): Delivery =>
      makeDelivery(at, { key: key === null ? null : Buffer.from(key) }),
    );
    await order
      .watching({ receive: async () => deliveries, isCurrent: (one) => !stale.has(one) })
      .receive(deliveries.length, never);
    return deliveries.map((delivery) => ({ kind: 'prediction', delivery }) as Outcome);
  };
  const published = () =>
    calls.map(({ outcomes }) => outcomes.map(({ delivery }) => delivery.origin.offset).join(' '));
  return { order, calls, take, published, stale };
}

const settled = () => new Promise(setImmediate);

describe('the order of keys', () => {
  it('keeps back an outcome until the earlier ones of its key are confirmed', async () => {
    const { order, calls, take, published } = setUp();
    const [first, other, second] = (await take('a', 'b', 'a')) as [Outcome, Outcome, Outcome];
    void order.deliver([first]);
    const late = order.deliver([other, second]);
    expect(published()).toEqual(['0', '1']);
    calls[1]?.confirm();
    await settled();
    expect(published()).toEqual(['0', '1']);
    calls[0]?.confirm();
    await settled();
    expect(published()).toEqual(['0', '1', '2']);
    calls[2]?.confirm();
    expect(await late).toEqual([other, second]);
  });

  it('publishes neighbours of a key together, and those without a key at once', async () => {
    const { order, take, published } = setUp();
    const outcomes = await take('a', 'a', null, 'a');
    void order.deliver(outcomes.slice(2));
    expect(published()).toEqual(['2']);
    void order.deliver(outcomes.slice(0, 2));
    expect(published()).toEqual(['2', '0 1 3']);
  });

  // A broker refuses the whole request of a message that is too large.
  it('publishes a large outcome alone, and what comes later after it', async () => {
    const { order, calls, take, published } = setUp();
    const outcomes = await take('a', 'a', 'b', 'a', null);
    const [first, second, third, fourth, fifth] = outcomes as [Outcome, Outcome, Outcome, Outcome, Outcome];
    const headers = [['note', Buffer.alloc(70_000)]] as const;
    Object.assign(second.delivery, { headers });
    void order.deliver([first, second, third, fourth]);
    expect(published()).toEqual(['0 2']);
    calls[0]?.confirm();
    await settled();
    void order.deliver([fifth]);
    expect(published()).toEqual(['0 2', '1']);
    calls[1]?.confirm();
    await settled();
    expect(published()).toEqual(['0 2', '1', '4', '3']);
  });

  it('knows that a prediction does not repeat its image, and that a dead letter does', async () => {
    const { order, take, published } = setUp();
    const outcomes = (await take('a', 'b', 'c')) as [Outcome, Outcome, Outcome];
    for (const { delivery } of outcomes) Object.assign(delivery, { value: Buffer.alloc(70_000) });
    void order.deliver([outcomes[0], outcomes[1], { ...outcomes[2], kind: 'dead letter' } as Outcome]);
    expect(published()).toEqual(['0 1']);
  });

  // The broker may refuse a prediction, which becomes a dead letter then.
  it('does not publish a prediction and a dead letter of one key at the same time', async () => {
    const { order, calls, take, published } = setUp();
    const [first, second, third] = (await take('a', 'a', 'a')) as [Outcome, Outcome, Outcome];
    void order.deliver([first, { ...second, kind: 'dead letter' } as Outcome, third]);
    expect(published()).toEqual(['0']);
    calls[0]?.confirm();
    await settled();
    expect(published()).toEqual(['0', '1']);
    calls[1]?.confirm();
    await settled();
    expect(published()).toEqual(['0', '1', '2']);
  });

  it('continues after outcomes that were abandoned, and returns only the durable ones', async () => {
    const { order, calls, take, published } = setUp();
    const [first, second] = (await take('a', 'a')) as [Outcome, Outcome];
    const abandoned = order.deliver([first]);
    const durable = order.deliver([second]);
    calls[0]?.confirm([]);
    expect(await abandoned).toEqual([]);
    expect(published()).toEqual(['0', '1']);
    calls[1]?.confirm();
    expect(await durable).toEqual([second]);
  });

  it('abandons what follows an abandoned delivery of its key, now or later, and nothing else', async () => {
    const { order, calls, take, published } = setUp();
    const outcomes = await take('a', 'a', 'a', 'b', 'a');
    const [before, abandoned, held, other, later] = outcomes as [Outcome, Outcome, Outcome, Outcome, Outcome];
    const first = order.deliver([before]);
    const second = order.deliver([held, other]);
    order.abandon(abandoned.delivery);
    expect(await order.deliver([later])).toEqual([]);
    for (const call of calls) call.confirm();
    expect(await first).toEqual([before]);
    expect(await second).toEqual([other]);
    expect(published()).toEqual(['0', '3']);
  });

  it('continues behind an abandoned delivery that another process has', async () => {
    const { order, calls, take, published, stale } = setUp();
    const [abandoned, held] = (await take('a', 'a')) as [Outcome, Outcome];
    const delivered = order.deliver([held]);
    expect(published()).toEqual([]);
    stale.add(abandoned.delivery);
    order.abandon(abandoned.delivery);
    calls[0]?.confirm();
    expect(await delivered).toEqual([held]);
  });

  it('fails with the outbox', async () => {
    const { order, calls, take } = setUp();
    const failed = order.deliver(await take('a'));
    calls[0]?.fail();
    await expect(failed).rejects.toThrow('stopped');
  });

  it('holds for any keys, batches and confirmations', async () => {
    const arbitrary = fc.record({
      keys: fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: 1, maxLength: 30 }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ keys, seed }) => {
        const { order, calls, take } = setUp();
        const outcomes = await take(...keys);
        const shuffled = outcomes
          .map((outcome, at) => ({ outcome, rank: (Math.imul(at + 1, seed | 1) >>> 0) % 97 }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ outcome }) => outcome);
        const delivered = shuffled.map((outcome) => order.deliver([outcome]));
        for (let at = 0; at < calls.length; at++) {
          calls[at]?.confirm();
          await settled();
        }
        expect((await Promise.all(delivered)).flat()).toHaveLength(keys.length);
        for (const key of ['a', 'b', 'c']) {
          const offsets = calls
            .flatMap((call) => call.outcomes.map(({ delivery }) => delivery))
            .filter((delivery) => String(delivery.key) === key);
          expect(offsets).toEqual(
            [...offsets].sort((a, b) => Number(a.origin.offset) - Number(b.origin.offset)),
          );
        }
      }),
      { numRuns: 30 },
    );
  });
});
