import { strict as assert } from 'node:assert';
import { uniqueName, PATIENCE } from '../helpers';
import type { Suite } from '../suite';

export function administrationCases(suite: Suite): void {
  const { it, describe } = suite;

  describe('administration', () => {
    it(
      'creates each topic once and deletes it once',
      async () => {
        const admin = suite.world.broker.createAdmin();
        const topic = uniqueName('admin');
        const request = { topic, partitions: 4, subscription: `${topic}-sub` };
        assert.ok((await admin.createTopics([request])).includes(topic));
        assert.deepEqual(await admin.createTopics([request]), []);
        assert.ok((await admin.deleteTopics([request])).includes(topic));
        assert.deepEqual(await admin.deleteTopics([request]), []);
        await admin.close();
        await admin.close();
      },
      2 * PATIENCE,
    );

    it(
      'creates only missing topics',
      async () => {
        const admin = suite.world.broker.createAdmin();
        const fresh = uniqueName('fresh');
        const created = await admin.createTopics([
          { topic: suite.world.topic, partitions: 4, subscription: `${suite.world.topic}-sub` },
          { topic: fresh, partitions: 4 },
        ]);
        assert.deepEqual(created, [fresh]);
        await admin.close();
      },
      2 * PATIENCE,
    );
  });
}
