import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { Delivery } from '../../core/message';
import { expectNothing, message, numbered, take, until, valuesOf, PATIENCE, QUIET } from '../helpers';
import type { Suite } from '../suite';

export function settlingCases(suite: Suite): void {
  const { it, describe, itIf, can } = suite;

  describe('settling', () => {
    it(
      'settled messages are not redelivered to the next reader of the group',
      async () => {
        await suite.world.publish(numbered(20).map((value) => message(value)));
        const first = await suite.world.open();
        first.settle(await take(first, 20));
        await first.close();
        const second = await suite.world.open();
        await expectNothing(second);
        await suite.world.publish([message('new')]);
        assert.deepEqual(valuesOf(await take(second, 1)), ['new']);
      },
      2 * PATIENCE,
    );

    it(
      'unsettled messages of a closed reader are redelivered with the same source ids',
      async () => {
        await suite.world.publish(numbered(10).map((value) => message(value)));
        const first = await suite.world.open();
        const left = await take(first, 10);
        await first.close();
        const second = await suite.world.open();
        const again = await take(second, 10);
        assert.deepEqual(again.map((d) => d.sourceId).sort(), left.map((d) => d.sourceId).sort());
        if (can.countsAttempts)
          assert.equal(
            again.every((d) => d.attempt === 2),
            true,
          );
      },
      2 * PATIENCE,
    );

    it(
      'after settling out of order, the unsettled message is redelivered, but none before it',
      async () => {
        await suite.world.publish(numbered(10).map((value) => ({ ...message(value), key: 'same' })));
        const first = await suite.world.open();
        const deliveries = await take(first, 10);
        const missing = deliveries[4];
        first.settle(deliveries.slice(5).reverse());
        first.settle(deliveries.slice(0, 4).reverse());
        await first.close();
        const second = await suite.world.open();
        const again = (await take(second, 1)).map((d) => d.sourceId);
        assert.ok(again.includes(missing?.sourceId ?? ''));
        for (const early of deliveries.slice(0, 4)) assert.ok(!again.includes(early.sourceId));
      },
      2 * PATIENCE,
    );

    it(
      'twice, or after close, has no effect',
      async () => {
        await suite.world.publish(numbered(3).map((value) => message(value)));
        const source = await suite.world.open();
        const deliveries = await take(source, 3);
        source.settle(deliveries);
        source.settle(deliveries);
        await source.close();
        source.settle(deliveries);
        await expectNothing(await suite.world.open());
      },
      2 * PATIENCE,
    );

    it(
      'makes a delivery no longer current, and so does closing its reader',
      async () => {
        await suite.world.publish(numbered(2).map((value) => message(value)));
        const source = await suite.world.open();
        const [settled, left] = (await take(source, 2)) as [Delivery, Delivery];
        assert.deepEqual([source.isCurrent(settled), source.isCurrent(left)], [true, true]);
        source.settle([settled]);
        assert.deepEqual([source.isCurrent(settled), source.isCurrent(left)], [false, true]);
        await source.close();
        assert.equal(source.isCurrent(left), false);
      },
      2 * PATIENCE,
    );

    itIf(can.redeliverMs !== null)(
      'too late redelivers the message while the reader stays open',
      async () => {
        const source = await suite.world.open();
        await suite.world.publish([message('forgotten')]);
        const [first] = await take(source, 1);
        const [second] = await take(source, 1);
        assert.equal(second?.sourceId, first?.sourceId);
        assert.equal(second?.attempt, 2);
        assert.deepEqual([source.isCurrent(first as Delivery), source.isCurrent(second)], [false, true]);
        const waited = (second?.receivedAt ?? 0) - (first?.receivedAt ?? 0);
        assert.ok(waited >= (can.redeliverMs ?? 0) * 0.9);
        source.settle([second]);
        await expectNothing(source, (can.redeliverMs ?? 0) + QUIET);
      },
      2 * PATIENCE,
    );

    it(
      'frees capacity: a reader never holds more than maxInFlight unsettled deliveries',
      async () => {
        await suite.world.publish(numbered(50).map((value) => message(value)));
        const source = await suite.world.open({ maxInFlight: 10 });
        const seen = new Set<string>();
        let held = await take(source, 10);
        assert.equal(held?.length, 10);
        await expectNothing(source);
        for (;;) {
          for (const value of valuesOf(held)) seen.add(value);
          source.settle(held);
          if (seen.size === 50) break;
          held = await take(source, 1);
          assert.ok(held.length <= 10);
        }
      },
      2 * PATIENCE,
    );

    it(
      'frees capacity in bytes too, and one delivery above the limit still arrives',
      async () => {
        // A large value, then small values that fit: a client once stalled at this step.
        const values = [12_000, 5_000, 5_000, 12_000, 3_000].map((size) => randomBytes(size));
        await suite.world.publish(values.map((value) => ({ key: 'same', value, headers: [] })));
        const source = await suite.world.open({ maxInFlightBytes: 10_000 });
        for (let received = 0; received < values.length;) {
          const held = await take(source, 1);
          const bytes = held.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
          assert.equal(held.length === 1 || bytes <= 10_000, true);
          received += held.length;
          source.settle(held);
        }
      },
      2 * PATIENCE,
    );

    itIf(can.lag)(
      'reduces the lag to 0',
      async () => {
        await suite.world.publish(numbered(10).map((value) => message(value)));
        const source = await suite.world.open();
        const deliveries = await take(source, 10);
        const lag = async (): Promise<number> =>
          (await source.lag()).reduce((sum, { messages }) => sum + messages, 0);
        await until(async () => (await lag()) === 10);
        source.settle(deliveries);
        await until(async () => (await lag()) === 0);
      },
      2 * PATIENCE,
    );
  });
}
