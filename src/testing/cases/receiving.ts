import { strict as assert } from 'node:assert';
import { message, numbered, until, valuesOf, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function receivingCases(suite: Suite): void {
  const { it, describe } = suite;

  describe('receiving', () => {
    it(
      'from an empty topic resolves with no deliveries after a short time',
      async () => {
        const source = await suite.world.open();
        const start = performance.now();
        assert.deepEqual(await source.receive(10, AbortSignal.timeout(PATIENCE)), []);
        assert.ok(performance.now() - start < 5_000);
      },
      PATIENCE,
    );

    it(
      'with an aborted signal resolves soon and never rejects',
      async () => {
        const source = await suite.world.open();
        const start = performance.now();
        assert.deepEqual(await source.receive(10, AbortSignal.abort()), []);
        assert.deepEqual(await source.receive(10, AbortSignal.timeout(20)), []);
        assert.ok(performance.now() - start < 2_000);
      },
      PATIENCE,
    );

    it(
      'returns at most the requested number',
      async () => {
        await suite.world.publish(numbered(20).map((value) => message(value)));
        const source = await suite.world.open();
        let received = 0;
        await until(async () => {
          const deliveries = await source.receive(3, AbortSignal.timeout(PATIENCE));
          assert.ok(deliveries.length <= 3);
          source.settle(deliveries);
          received += deliveries.length;
          return received === 20;
        });
      },
      PATIENCE,
    );

    it(
      'two members of a group share the messages without a gap',
      async () => {
        const members = [await suite.world.open(), await suite.world.open()];
        const counts = members.map(() => 0);
        const seen = new Set<string>();
        let published = 0;
        const receiveAll = async (): Promise<void> => {
          for (const [i, member] of members.entries()) {
            const deliveries = await member.receive(100, AbortSignal.timeout(PATIENCE));
            member.settle(deliveries);
            for (const value of valuesOf(deliveries)) seen.add(value);
            counts[i] = (counts[i] ?? 0) + deliveries.length;
          }
        };
        await until(async () => {
          const wave = Array.from({ length: 20 }, () => String(published++));
          await suite.world.publish(wave.map((value) => ({ ...message(value), key: value })));
          await receiveAll();
          return counts.every((count) => count > 0);
        });
        await until(async () => {
          await receiveAll();
          return seen.size === published;
        });
      },
      3 * PATIENCE,
    );

    it(
      'a leaving member hands over its share, settled and unsettled',
      async () => {
        const leaver = await suite.world.open();
        const stayer = await suite.world.open();
        await suite.world.publish(numbered(40).map((value) => ({ ...message(value), key: value })));
        const settled = await leaver.receive(5, AbortSignal.timeout(PATIENCE));
        leaver.settle(settled);
        await leaver.receive(5, AbortSignal.timeout(PATIENCE));
        await leaver.close();
        const seen = new Set(valuesOf(settled));
        await until(async () => {
          const deliveries = await stayer.receive(100, AbortSignal.timeout(PATIENCE));
          for (const value of valuesOf(deliveries)) seen.add(value);
          stayer.settle(deliveries);
          return seen.size === 40;
        });
      },
      3 * PATIENCE,
    );
  });
}
