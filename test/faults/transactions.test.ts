/** Faults between the offsets of a transaction and its commit. */
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { PATIENCE, Stage } from './driver';
import { endsWell } from './watch';

jest.setTimeout(3 * PATIENCE);

const EXACTLY_ONCE = { name: 'same', flags: ['--delivery', 'exactly-once'] };

describeWith(
  ['java', 'maven', 'kafka-addon'],
  'a transaction that has its offsets and is not committed',
  () => {
    let kafka: KafkaServer;
    let stage: Stage;

    beforeAll(async () => {
      kafka = await KafkaServer.create();
    }, PATIENCE);
    afterAll(() => kafka.close(), PATIENCE);
    beforeEach(async () => {
      stage = await Stage.create(kafka.bootstrapServers);
      await stage.publish(1_000);
    }, PATIENCE);
    afterEach(() => stage.close(), PATIENCE);

    it('is aborted by the successor of a killed program and repeated, three times', async () => {
      for (let kill = 0; kill < 3; kill++) {
        const killed = stage.start({ ...EXACTLY_ONCE, failpoint: 'kill-before-commit:2' });
        expect(await killed.finished).toMatchObject({ signal: 'SIGKILL' });
      }
      const last = stage.start(EXACTLY_ONCE);
      expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
      await endsWell(last);
    });

    it('is repeated by the same program after the broker aborted it on a timeout', async () => {
      // transaction.timeout.ms is 15 s; the broker looks for such transactions every 10 s.
      const held = stage.start({ ...EXACTLY_ONCE, failpoint: 'hold-commit:2:27000' });
      expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
      await endsWell(held);
    });
  },
);
