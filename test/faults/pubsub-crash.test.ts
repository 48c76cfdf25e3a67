/** An image that crashes the process on Pub/Sub: it is quarantined before the dead-letter policy applies. */
import { join } from 'node:path';

import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { LEASE, PubsubStage } from './pubsub-stage';
import { endsWell } from './watch';

jest.setTimeout(300_000);

const NODE_OPTIONS = `--require=${join(__dirname, '../fixtures/fatal-images.cjs')}`;

describeWith(['go'], 'stream-infer --broker pubsub, killed by an image', () => {
  const fake = new PubsubFake();
  let stage: PubsubStage;

  beforeAll(() => fake.start(), BUILD_TIME);
  beforeEach(async () => {
    await fake.restart();
    stage = new PubsubStage(fake);
  });
  afterEach(() => stage.close());
  afterAll(() => fake.kill());

  it('crashes twice, then publishes a dead letter for the image, and predicts all others', async () => {
    await stage.createTopics();
    await stage.publish(20);
    const fatal = Buffer.alloc(784);
    fatal.write('FATAL');
    const culprit = await stage.publishImage(fatal);
    await stage.publish(20);
    for (let crash = 0; crash < 2; crash++) {
      expect(await stage.runIn({ NODE_OPTIONS }, '--no-http').finished).toMatchObject({ signal: 'SIGSEGV' });
      // The messages of the crashed program are redelivered.
      await fake.advance(LEASE);
    }
    const program = stage.runIn({ NODE_OPTIONS }, '--no-http');
    expect((await stage.done()).missing).toBe(0);
    const codes = new Map<number, string>();
    for (const { attributes } of await stage.outcomes())
      codes.set(Number(attributes?.['n']), attributes?.['error-code'] ?? 'prediction');
    expect([...codes].filter(([, code]) => code !== 'prediction')).toEqual([[culprit, 'PROCESS_CRASH']]);
    await endsWell(program);
  });
});
