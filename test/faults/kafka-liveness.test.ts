/** Faults that once stalled the stream while all processes reported ready. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until, type Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { IN_FLIGHT, PATIENCE, Stage } from './driver';
import { addPartitions, createTopic, deleteRecordsBefore, deleteTopic } from './kafka-admin';
import { healthOf, pause } from './watch';

jest.setTimeout(3 * PATIENCE);

/** The broker closes idle connections after this time, ms. */
const IDLE = 3_000;

describeWith(['java', 'maven', 'kafka-addon'], 'a stream on Kafka continues', () => {
  let kafka: KafkaServer;
  let stages: Stage[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-faults-'));
  const create = async (...args: [partitions?: number]): Promise<Stage> => {
    const [partitions = 4] = args;
    const stage = await Stage.create(kafka.bootstrapServers, { partitions });
    stages.push(stage);
    return stage;
  };
  beforeAll(async () => {
    kafka = await KafkaServer.create({ 'connections.max.idle.ms': String(IDLE) });
  }, PATIENCE);
  afterAll(async () => {
    await kafka.close();
    rmSync(folder, { recursive: true });
  }, PATIENCE);
  afterEach(async () => {
    await Promise.all(stages.map((stage) => stage.close()));
    stages = [];
  }, PATIENCE);

  // KIP-345: its old assignment lacks the partitions being revoked.
  it('after a member dies during a revocation and restarts with the same name', async () => {
    const stage = await create();
    const order = join(folder, 'hang');
    const dies = await stage
      .start({ name: 'dies', failpoint: `block-worker:25000:${order}`, flags: ['--max-batch', '16'] })
      .ready();
    const publishing = stage.publish(2_000, 150);
    await stage.reached(200);
    writeFileSync(order, '');
    const stays = stage.start({ name: 'stays' });
    await pause(6_000);
    await dies.stop('SIGKILL');
    const back = stage.start({ name: 'dies' });
    await publishing;
    expect((await stage.complete(60_000)).missing).toBe(0);
    for (const instance of [stays, back]) {
      await instance.ready();
      expect(await instance.stop()).toMatchObject({ code: 0 });
    }
  });

  it('after the broker freezes, resumes briefly and freezes again, with both delivery guarantees', async () => {
    const both = await Promise.all([create(), create()]);
    const instances = await Promise.all(
      both.map((stage, i) =>
        stage.start({ flags: ['--delivery', i === 0 ? 'at-least-once' : 'exactly-once'] }).ready(),
      ),
    );
    const publishing = both.map((stage) => stage.publish(6_000, 150));
    await Promise.all(both.map((stage) => stage.reached(300)));
    await freeze(kafka, 30_000, instances);
    await pause(1_500);
    await freeze(kafka, 20_000, instances);
    const thawed = performance.now();
    await Promise.all(instances.map((instance) => instance.ready()));
    await Promise.all(publishing);
    const [often, once] = await Promise.all(both.map((stage) => stage.complete()));
    expect(performance.now() - thawed).toBeLessThan(60_000);
    expect(often?.missing).toBe(0);
    expect(once).toEqual({ missing: 0, duplicates: 0 });
    for (const instance of instances) expect(await instance.stop()).toMatchObject({ code: 0 });
  });

  it.each([
    ['Producer.sendOffsetsToTransaction', 2, 'exactly-once'],
    ['Producer.commitTransaction', 2, 'exactly-once'],
    ['KafkaConsumer.consume', 30, 'at-least-once'],
    ['Producer.flush', 2, 'at-least-once'],
  ])('after the client never returns from %s', async (call, nth, delivery) => {
    const stage = await create();
    // A backlog, which is published by the producer for throughput.
    await stage.publish(3_000);
    const flags = ['--delivery', delivery, '--max-in-flight', '2048'];
    const instance = stage.start({ failpoint: `swallow:${call}:${nth}`, flags });
    const tally = await stage.complete(60_000);
    expect(tally.missing).toBe(0);
    if (delivery === 'exactly-once') expect(tally.duplicates).toBe(0);
    expect(instance.stderr).toContain(`swallowed ${call}`);
    const stopping = performance.now();
    expect(await instance.stop()).toMatchObject({ code: 0 });
    expect(performance.now() - stopping).toBeLessThan(20_000);
  });

  it.each([
    ['killed', 'SIGKILL'],
    ['frozen', 'SIGSTOP'],
  ] as const)('and ends with its exit code while the broker is %s', async (_, signal) => {
    const stage = await create();
    const instance = await stage.start().ready();
    await stage.publish(300);
    await stage.reached(300);
    if (signal === 'SIGKILL') await kafka.stop(signal);
    else kafka.signal(signal);
    try {
      await pause(2_000);
      const stopping = performance.now();
      expect(await instance.stop()).toMatchObject({ code: 0, signal: null });
      expect(performance.now() - stopping).toBeLessThan(20_000);
    } finally {
      if (signal === 'SIGKILL') await kafka.start();
      else kafka.signal('SIGCONT');
    }
  });

  it('from the beginning of a topic that was recreated with the same number of messages', async () => {
    const stage = await create(1);
    const instance = await stage.start().ready();
    await stage.publish(500);
    await stage.reached(500);
    await deleteTopic(kafka.bootstrapServers, stage.input);
    await createTopic(kafka.bootstrapServers, stage.input, 1);
    await stage.publish(500);
    expect((await stage.complete()).missing).toBe(0);
    await instance.ready();
    expect(await instance.stop()).toMatchObject({ code: 0 });
  });

  it('from the end only once with --from latest, and without skipping messages of an existing group', async () => {
    const stage = await create(2);
    await stage.publish(20);
    const from = { name: 'same', flags: ['--from', 'latest'] };
    const first = await stage.start(from).ready();
    await stage.publish(20);
    await stage.reached(20);
    expect(await stage.tally()).toEqual({ missing: 20, duplicates: 0 });
    await addPartitions(kafka.bootstrapServers, stage.input, 3);
    for (let i = 0; i < 10; i++) await stage.publishOther(PIXELS, `new-${i}`, { partition: 2 });
    const outcomes = await stage.outcomes();
    for (let i = 0; i < 10; i++) await outcomes.outcomeOf(`new-${i}`);
    expect(await first.stop()).toMatchObject({ code: 0 });
    for (let i = 0; i < 20; i++) await stage.publishOther(PIXELS, `kept-${i}`, { partition: 2 });
    await deleteRecordsBefore(kafka.bootstrapServers, stage.input, 2, 11);
    const second = await stage.start(from).ready();
    for (let i = 1; i < 20; i++) await outcomes.outcomeOf(`kept-${i}`);
    expect(second.stderr).toMatch(/"level":40.*reading from the oldest message/);
    expect(await second.stop()).toMatchObject({ code: 0 });
  });

  it('and stays ready when the broker closes idle connections', async () => {
    const stage = await create();
    const instances = await Promise.all([
      ...['at-least-once', 'exactly-once'].map((delivery) =>
        stage.start({ flags: ['--delivery', delivery], name: delivery }).ready(),
      ),
      // It reads without a group.
      stage.serve().ready(),
    ]);
    await stage.publish(100);
    expect((await stage.complete()).missing).toBe(0);
    const until = performance.now() + 5 * IDLE;
    while (performance.now() < until) {
      for (const instance of instances) expect(await healthOf(instance)).toMatchObject({ ready: 200 });
      await pause(100);
    }
    await stage.publish(100);
    expect((await stage.complete()).duplicates).toBeLessThanOrEqual(IN_FLIGHT);
    for (const instance of instances) {
      expect(instance.stderr).not.toMatch(/"level":[45]0/);
      expect(await instance.stop()).toMatchObject({ code: 0 });
    }
  });
});

const PIXELS = Buffer.alloc(784, 90);

/** The program must not report ready throughout a stall. */
async function freeze(kafka: KafkaServer, ms: number, instances: readonly Cli[]): Promise<void> {
  kafka.signal('SIGSTOP');
  try {
    const thaw = performance.now() + ms;
    for (const instance of instances)
      await until(
        async () => (await healthOf(instance)).ready === 503,
        10_000,
        () => instance.stderr,
      );
    await pause(Math.max(0, thaw - performance.now()));
  } finally {
    kafka.signal('SIGCONT');
  }
}
