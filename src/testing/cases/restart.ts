import { identity, message, take, until, valuesOf, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function restartCases(suite: Suite): void {
  const { describe, itIf, harness } = suite;

  describe('a restart of the broker', () => {
    itIf(harness.restart !== undefined)(
      'does not end the source or the sink: both reconnect automatically',
      async () => {
        const source = await suite.world.open();
        await suite.world.publish([message('before')]);
        source.settle(await take(source, 1));
        await harness.restart?.();
        await suite.world.createTopic(suite.world.topic);
        await until(async () => {
          const outcome = await suite.world.sink
            .publish(suite.world.topic, [message('after')])
            .catch(identity);
          return Array.isArray(outcome);
        }, 2 * PATIENCE);
        await until(async () => {
          const deliveries = await source.receive(10, AbortSignal.timeout(PATIENCE));
          source.settle(deliveries);
          return valuesOf(deliveries).includes('after');
        }, 2 * PATIENCE);
        // A broker that lost what it had not written may end a client's session a moment later.
        await until(
          () => source.status().state === 'up' && suite.world.sink.status().state === 'up',
          PATIENCE,
        );
      },
      5 * PATIENCE,
    );
  });
}
