import { strict as assert } from 'node:assert';
import { isStreamInferError } from '../../core/errors';
import { codeOf, identity, message, open, take, uniqueName, until, valuesOf, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function openingCases(suite: Suite): void {
  const { it, describe, itIf, can } = suite;

  describe('opening and closing', () => {
    it(
      'a source and a sink are connecting before open, up after it and closed after close',
      async () => {
        const source = suite.world.source();
        assert.equal(source.status().state, 'connecting');
        await open(source);
        assert.deepEqual(source.status(), { state: 'up' });
        assert.deepEqual(suite.world.sink.status(), { state: 'up' });
        await source.close();
        await suite.world.sink.close();
        assert.equal(source.status().state, 'closed');
        assert.equal(suite.world.sink.status().state, 'closed');
      },
      PATIENCE,
    );

    it(
      'open with an aborted signal rejects with ABORTED, and close works after it',
      async () => {
        const source = suite.world.source();
        assert.equal(await codeOf(source.open(AbortSignal.abort())), 'ABORTED');
        await source.close();
        assert.equal(source.status().state, 'closed');
        const sink = suite.world.broker.createSink();
        assert.equal(await codeOf(sink.open(AbortSignal.abort())), 'ABORTED');
        await sink.close();
        assert.equal(sink.status().state, 'closed');
      },
      PATIENCE,
    );

    it(
      'an unopened source and sink can be closed more than once',
      async () => {
        const source = suite.world.source();
        const sink = suite.world.broker.createSink();
        await Promise.all([source.close(), sink.close()]);
        await Promise.all([source.close(), sink.close()]);
      },
      PATIENCE,
    );

    itIf(can.missingTopics)(
      'a source on a missing topic reports it in its status, and connects once the topic exists',
      async () => {
        const topic = uniqueName('unknown');
        const source = suite.world.source({ topic, subscription: `${topic}-sub` });
        const giveUp = new AbortController();
        const opening = source.open(giveUp.signal).catch((error: unknown) => error);
        await until(() => source.status().state !== 'up' && source.status().reason?.includes(topic) === true);
        await suite.world.createTopic(topic);
        await until(() => source.status().state === 'up');
        assert.equal(await opening, undefined);
        await suite.world.publish([message('found')], topic);
        assert.deepEqual(valuesOf(await take(source, 1)), ['found']);
      },
      2 * PATIENCE,
    );

    itIf(can.missingTopics)(
      'publishing to a missing topic rejects with a retryable error',
      async () => {
        const error = await suite.world.sink
          .publish(uniqueName('unknown'), [message('lost')])
          .catch(identity);
        assert.ok(isStreamInferError(error) && error.retryable);
      },
      2 * PATIENCE,
    );
  });
}
