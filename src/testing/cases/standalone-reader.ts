import { strict as assert } from 'node:assert';
import { message, numbered, take, valuesOf, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function standaloneReaderCases(suite: Suite): void {
  const { it, describe, itIf, can } = suite;

  describe('a standalone reader (without a group)', () => {
    itIf(can.past && can.partitions)(
      'resumes at the given positions, and at the oldest message elsewhere',
      async () => {
        await suite.world.publish(numbered(20).map((value) => message(value)));
        const seen = await take(await suite.world.open({ group: null, from: 'earliest' }), 20);
        const before = seen.slice(0, 12);
        const positions = new Map<number, number>();
        for (const { origin } of before) positions.set(origin.partition ?? 0, Number(origin.offset) + 1);
        const rest = await suite.world.open({ group: null, from: 'latest', positions });
        assert.deepEqual(valuesOf(await take(rest, 8)).sort(), valuesOf(seen.slice(12)).sort());
        const nowhere = new Map([...positions.keys()].map((partition) => [partition, 10_000]));
        const again = await suite.world.open({ group: null, from: 'latest', positions: nowhere });
        assert.deepEqual(valuesOf(await take(again, 20)).sort(), numbered(20).sort());
      },
      2 * PATIENCE,
    );

    itIf(can.past)(
      'from the earliest reads all messages and does not affect the group',
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
      'from the latest reads only newer messages and does not affect the group',
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
      'continues without settling, and its deliveries stay current',
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
