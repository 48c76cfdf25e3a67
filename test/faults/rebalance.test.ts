/** Members join, leave, freeze and hang under load. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { IN_FLIGHT, PATIENCE, SESSION, Stage } from './driver';
import { watchCommits } from './kafka-admin';
import { endsWell, healthOf, pause } from './watch';

jest.setTimeout(3 * PATIENCE);

describeWith(['java', 'maven', 'kafka-addon'], 'a group whose members change', () => {
  let kafka: KafkaServer;
  let stage: Stage;
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-faults-'));

  beforeAll(async () => (kafka = await KafkaServer.create()), PATIENCE);
  afterAll(async () => {
    await kafka.close();
    rmSync(folder, { recursive: true });
  }, PATIENCE);
  beforeEach(async () => {
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(() => stage.close(), PATIENCE);

  it.each([
    ['the classic protocol', {}],
    ['the consumer protocol', { 'group.protocol': 'consumer', 'session.timeout.ms': '' }],
  ])(
    'with %s, two instances join and leave under load, and nothing is lost or duplicated',
    async (_, properties) => {
      const first = stage.start({ properties });
      const second = stage.start({ properties });
      await first.ready();
      let stopped = false;
      const publishing = (async () => {
        while (!stopped) await stage.publish(100, 300);
      })();
      await stage.reached(300);
      await second.ready();
      const third = await stage.start({ properties }).ready();
      await stage.reached(stage.published + 300);
      await endsWell(second);
      await stage.reached(stage.published + 300);
      await endsWell(third);
      await stage.reached(stage.published + 300);
      stopped = true;
      await publishing;
      expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
      await endsWell(first);
    },
  );

  it('an instance frozen past its session commits nothing when it resumes, and another has done its work', async () => {
    const frozen = await stage.start({ name: 'frozen' }).ready();
    const other = await stage.start({ name: 'other' }).ready();
    const commits = await watchCommits(stage, 4);
    const publishing = stage.publish(4_000, 300);
    await stage.reached(500);
    frozen.child.kill('SIGSTOP');
    await pause(SESSION + 4_000);
    frozen.child.kill('SIGCONT');
    await publishing;
    await frozen.ready();
    const { missing, duplicates } = await stage.complete();
    for (const history of await commits.stop()) expect(history).toEqual([...history].sort((a, b) => a - b));
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(2 * IN_FLIGHT);
    await endsWell(other);
    await endsWell(frozen);
  });

  it('partitions are revoked although a worker hangs, and the other member processes its messages', async () => {
    const order = join(folder, 'hang');
    // Longer than deliveries are waited for, with room for a slow start of the other one.
    const hanging = await stage
      .start({ name: 'hanging', failpoint: `block-worker:25000:${order}`, flags: ['--max-batch', '16'] })
      .ready();
    const publishing = stage.publish(3_000, 200);
    await stage.reached(300);
    writeFileSync(order, '');
    const other = await stage.start({ name: 'other' }).ready();
    expect((await healthOf(hanging)).live).toBe(200);
    await publishing;
    const { missing, duplicates } = await stage.complete();
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(IN_FLIGHT);
    expect(hanging.stderr).toContain('revoked with unsettled deliveries');
    await endsWell(other);
    await endsWell(hanging);
  });

  it.each([
    ['longer than its session keeps its partitions', 8_000, '300000', 0],
    ['longer than max.poll.interval.ms loses them and joins again', 10_000, '6500', IN_FLIGHT],
  ])('an instance whose event loop is blocked for %s', async (_, blockedMs, maxPoll, mostDuplicates) => {
    const order = join(folder, `block-${blockedMs}`);
    const instance = await stage
      .start({
        failpoint: `block-main:${blockedMs}:${order}`,
        properties: { 'max.poll.interval.ms': maxPoll },
      })
      .ready();
    await stage.publish(500, 500);
    const publishing = stage.publish(2_000, 400);
    writeFileSync(order, '');
    await publishing;
    const { missing, duplicates } = await stage.complete();
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(mostDuplicates);
    await instance.ready();
    await endsWell(instance);
  });
});
