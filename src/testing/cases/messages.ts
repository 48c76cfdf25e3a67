import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { headerText } from '../../core/message';
import { message, numbered, take, until, valuesOf, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function messageCases(suite: Suite): void {
  const { it, describe, itIf, can, harness } = suite;

  describe('messages', () => {
    it(
      'keep their value, key, header, source id and timestamps',
      async () => {
        const before = Date.now();
        const source = await suite.world.open();
        await suite.world.publish([{ key: 'k1', value: Buffer.from('hello'), headers: [['id', 'a-1']] }]);
        const [delivery] = await take(source, 1);
        assert.equal(delivery?.value?.toString(), 'hello');
        assert.equal(delivery?.key?.toString(), 'k1');
        assert.equal(headerText(delivery?.headers ?? [], 'id'), 'a-1');
        assert.equal(delivery?.attempt, 1);
        assert.ok(Math.abs((delivery?.timestamp ?? 0) - before) < 60_000);
        assert.ok(Math.abs((delivery?.receivedAt ?? 0) - performance.now()) < PATIENCE);
        assert.equal(delivery?.origin.topic, suite.world.topic);
        if (can.partitions) {
          assert.match(delivery?.origin.offset ?? '', /^\d+$/);
          assert.equal(
            delivery?.sourceId,
            `${suite.world.topic}/${delivery?.origin.partition}/${delivery?.origin.offset}`,
          );
        } else {
          assert.equal(delivery?.origin.partition, null);
          assert.equal(delivery?.origin.offset, null);
          assert.notEqual(delivery?.sourceId, '');
        }
      },
      2 * PATIENCE,
    );

    it(
      'without a key have the key null',
      async () => {
        const source = await suite.world.open();
        await suite.world.publish([message('keyless')]);
        assert.equal((await take(source, 1))[0]?.key, null);
      },
      2 * PATIENCE,
    );

    it(
      'of any bytes arrive unchanged',
      async () => {
        const source = await suite.world.open();
        const value = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        await suite.world.publish([{ key: null, value, headers: [] }]);
        assert.equal((await take(source, 1))[0]?.value?.equals(value), true);
      },
      2 * PATIENCE,
    );

    it(
      'with an empty value arrive with an empty value',
      async () => {
        const source = await suite.world.open();
        await suite.world.publish([{ key: null, value: Buffer.alloc(0), headers: [] }]);
        assert.equal((await take(source, 1))[0]?.value?.length, 0);
      },
      2 * PATIENCE,
    );

    it(
      'with a large value arrive unchanged',
      async () => {
        const source = await suite.world.open();
        const value = randomBytes(can.largeValueBytes);
        await suite.world.publish([{ key: null, value, headers: [] }]);
        assert.equal((await take(source, 1))[0]?.value?.equals(value), true);
      },
      2 * PATIENCE,
    );

    itIf(can.refusedValueBytes !== null)(
      'above the size limit are refused by index, and the others arrive',
      async () => {
        const source = await suite.world.open();
        const huge = { key: null, value: Buffer.alloc(can.refusedValueBytes ?? 0), headers: [] };
        const refused = await suite.world.sink.publish(suite.world.topic, [message('a'), huge, message('b')]);
        assert.deepEqual(
          refused.map(({ index }) => index),
          [1],
        );
        assert.deepEqual(valuesOf(await take(source, 2)).sort(), ['a', 'b']);
      },
      2 * PATIENCE,
    );

    itIf(can.tombstones)(
      'without a value (tombstones) have the value null',
      async () => {
        const source = await suite.world.open();
        await harness.publishTombstone?.(suite.world.broker, suite.world.topic, 'gone');
        const [delivery] = await take(source, 1);
        assert.equal(delivery?.value, null);
        assert.equal(delivery?.key?.toString(), 'gone');
      },
      2 * PATIENCE,
    );

    itIf(can.binaryHeaders)(
      'keep headers of any bytes',
      async () => {
        const source = await suite.world.open();
        const bytes = Buffer.from([0, 255, 128, 10]);
        await suite.world.publish([{ key: null, value: Buffer.from('x'), headers: [['bin', bytes]] }]);
        const header = (await take(source, 1))[0]?.headers.find(([name]) => name === 'bin');
        assert.equal(Buffer.from(header?.[1] ?? '').equals(bytes), true);
      },
      2 * PATIENCE,
    );

    itIf(can.duplicateHeaders)(
      'keep two headers of the same name, in their order',
      async () => {
        const source = await suite.world.open();
        await suite.world.publish([
          {
            key: null,
            value: Buffer.from('x'),
            headers: [
              ['tag', 'first'],
              ['tag', 'second'],
            ],
          },
        ]);
        const headers = (await take(source, 1))[0]?.headers ?? [];
        assert.deepEqual(
          // Copied, because arrays of an adapter may come from another realm with another prototype.
          [...headers.filter(([name]) => name === 'tag').map(([, value]) => String(value))],
          ['first', 'second'],
        );
      },
      2 * PATIENCE,
    );

    itIf(can.keepsTimestamp)(
      'keep the timestamp of the publisher',
      async () => {
        const source = await suite.world.open();
        const timestamp = Date.now() - 3_600_000;
        await suite.world.publish([{ ...message('old'), timestamp }]);
        assert.equal((await take(source, 1))[0]?.timestamp, timestamp);
      },
      2 * PATIENCE,
    );

    itIf(can.orderWithinPartition)(
      'with one key arrive in the order of publishing',
      async () => {
        const source = await suite.world.open();
        const sent = numbered(200).map((value) => ({ ...message(value), key: 'same' }));
        await suite.world.publish(sent.slice(0, 100));
        await suite.world.publish(sent.slice(100));
        const deliveries = await take(source, 200);
        assert.deepEqual(valuesOf(deliveries), numbered(200));
        assert.equal(new Set(deliveries.map((d) => d.origin.partition)).size, 1);
      },
      2 * PATIENCE,
    );

    it(
      `published ${can.burst} at once all arrive`,
      async () => {
        const source = await suite.world.open({ maxInFlight: 1_000 });
        const sent = numbered(can.burst);
        await suite.world.publish(sent.map((value) => message(value)));
        const seen = new Set<string>();
        await until(async () => {
          const deliveries = await source.receive(500, AbortSignal.timeout(PATIENCE));
          for (const value of valuesOf(deliveries)) seen.add(value);
          source.settle(deliveries);
          return seen.size === sent.length;
        }, 2 * PATIENCE);
      },
      3 * PATIENCE,
    );
  });
}
