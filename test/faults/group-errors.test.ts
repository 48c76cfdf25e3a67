/** The reason why a member cannot join its group is reported in the log and on /readyz. */
import { connectClient, consume, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { createConsumer, type NativeConsumer } from '../../src/brokers/kafka/native';
import { until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { PATIENCE, Stage } from './driver';
import { saysWhy } from './watch';

jest.setTimeout(3 * PATIENCE);

const MOST_MEMBERS = 2;

describeWith(['java', 'maven', 'kafka-addon'], 'a group that does not take the program in', () => {
  let kafka: KafkaServer;
  let stage: Stage;
  let strangers: { stop(): Promise<void> }[] = [];
  beforeAll(async () => {
    kafka = await KafkaServer.create({ 'group.max.size': String(MOST_MEMBERS) });
  }, PATIENCE);
  afterAll(() => kafka.close(), PATIENCE);
  beforeEach(async () => {
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(async () => {
    await Promise.all(strangers.map((stranger) => stranger.stop()));
    strangers = [];
    await stage.close();
  }, PATIENCE);

  it('because another member uses a different assignment strategy', async () => {
    strangers.push(await join(stage, 'range'));
    const instance = stage.start();
    await saysWhy(instance, /uses a different assignment strategy/, 30_000);
    expect(instance.stderr).toMatch(/"level":40.*uses a different assignment strategy/);
    await strangers.pop()?.stop();
    await instance.ready();
    await stage.publish(50);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    expect(await instance.stop()).toMatchObject({ code: 0 });
  });

  it('because its session timeout exceeds the limit of the broker', async () => {
    const instance = stage.start({
      properties: { 'session.timeout.ms': '3000000', 'max.poll.interval.ms': '3600000' },
    });
    await saysWhy(instance, /session\.timeout\.ms is outside/, 30_000);
    expect(instance.stderr).toMatch(/"level":40.*session\.timeout\.ms is outside/);
    expect(await instance.stop()).toMatchObject({ code: 0 });
  });

  it('because the session of a killed former member has not timed out', async () => {
    // Longer than a busy machine takes to start the other one.
    const longer = { 'session.timeout.ms': '25000' };
    const killed = await stage.start({ name: 'killed', properties: longer }).ready();
    await killed.stop('SIGKILL');
    const instance = stage.start({ name: 'other', properties: longer });
    await saysWhy(instance, /the session of a killed member/, 45_000);
    // `/readyz` computes the reason on request; the log line follows with the next statistics.
    await until(
      () => /"level":40.*the session of a killed member/.test(instance.stderr),
      5_000,
      () => instance.stderr,
    );
    await instance.ready();
    await stage.publish(50);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    expect(await instance.stop()).toMatchObject({ code: 0 });
  });

  it('because the group is full', async () => {
    for (let i = 0; i < MOST_MEMBERS; i++) strangers.push(await join(stage, 'cooperative-sticky'));
    const instance = stage.start();
    await saysWhy(instance, /group\.max\.size/, 30_000);
    expect(instance.stderr).toMatch(/"level":40.*group\.max\.size/);
    await strangers.pop()?.stop();
    await instance.ready();
    expect(await instance.stop()).toMatchObject({ code: 0 });
  });
});

/** A consumer of another program; resolves when it has its partitions. */
async function join({ servers, group, input }: Stage, strategy: string): Promise<{ stop(): Promise<void> }> {
  const consumer = createConsumer(loadKafka(), {
    'bootstrap.servers': servers,
    'group.id': group,
    'partition.assignment.strategy': strategy,
    'session.timeout.ms': 6_000,
  });
  consumer.on('event.error', () => undefined);
  await connectClient(consumer, input);
  consumer.setDefaultConsumeTimeout(100);
  consumer.subscribe([input]);
  const polling = poll(consumer);
  await until(
    () => consumer.assignments().length > 0,
    PATIENCE,
    () => 'the other consumer was given no partition',
  );
  return {
    async stop() {
      await polling.stop();
      await disconnectClient(consumer);
    },
  };
}

function poll(consumer: NativeConsumer): { stop(): Promise<void> } {
  let stopped = false;
  const loop = (async () => {
    while (!stopped) await consume(consumer, 1).catch(() => []);
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
    },
  };
}
