import { strict as assert } from 'node:assert';
import { message, numbered, take, valuesOf, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function loneReaderCases(suite: Suite): void {
  const { it, describe, itIf, can } = suite;

  describe('a reader without a group', () => {
    itIf(can.past)(
      'from the earliest sees everything and leaves the group undisturbed',
      async () => {
        await suite.world.publish(numbered(10).map((value) => message(value)));
        const reader = await suite.world.open({ group: null, from: 'earliest' });
        await suite.world.publish([message('later')]);
        const seen = await take(reader, 11);
        assert.deepEqual(valuesOf(seen).sort(), [...numbered(10), 'later'].sort());
        reader.settle(seen);
        await reader.close();
        const member = await suite.world.open();
        assert.equal((await take(member, 11))?.length, 11);
      },
      2 * PATIENCE,
    );

    it(
      'from the latest sees only what comes after it, and leaves the group undisturbed',
      async () => {
        await suite.world.publish([message('before')]);
        const reader = await suite.world.open({ group: null, from: 'latest' });
        const other = await suite.world.open({ group: null, from: 'latest' });
        await suite.world.publish([message('after')]);
        assert.deepEqual(valuesOf(await take(reader, 1)), ['after']);
        assert.deepEqual(valuesOf(await take(other, 1)), ['after']);
        const member = await suite.world.open();
        assert.deepEqual(valuesOf(await take(member, 2)).sort(), ['after', 'before']);
      },
      2 * PATIENCE,
    );

    it(
      'need not settle to go on, and keeps what it was given',
      async () => {
        const reader = await suite.world.open({ group: null, from: 'latest', maxInFlight: 10 });
        await suite.world.publish(numbered(50).map((value) => message(value)));
        const deliveries = await take(reader, 50);
        assert.equal(new Set(valuesOf(deliveries)).size, 50);
        assert.ok(deliveries.every((delivery) => reader.isCurrent(delivery)));
      },
      2 * PATIENCE,
    );
  });
}
