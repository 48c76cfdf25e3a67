/** Very high or very low load. */
import { until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { Proxy } from '../helpers/proxy';
import { IN_FLIGHT, PATIENCE, Stage } from './driver';
import { endsWell, healthOf, pause, peak, rssOf } from './watch';

jest.setTimeout(3 * PATIENCE);

describeWith(['java', 'maven', 'kafka-addon'], 'under pressure', () => {
  let kafka: KafkaServer;
  let proxy: Proxy;
  let stage: Stage;

  beforeAll(async () => {
    proxy = await Proxy.start();
    kafka = await KafkaServer.create(
      {},
      { name: 'PROXIED', protocol: 'PLAINTEXT', advertisedPort: proxy.port },
    );
    proxy.to(kafka.furtherPort);
  }, PATIENCE);
  afterAll(async () => {
    await proxy.close();
    await kafka.close();
  }, PATIENCE);
  afterEach(async () => {
    proxy.heal();
    await stage.close();
  }, PATIENCE);

  it('a flood is processed with bounded memory and messages in flight, while HTTP responds', async () => {
    stage = await Stage.create(kafka.bootstrapServers);
    const instance = await stage.start().ready();
    await stage.publish(500);
    await stage.reached(500);
    const before = rssOf(instance);
    const inFlight = peak(
      async () =>
        (await instance.json<{ activity: { inFlight: number } }>('/api/v1/stats')).activity.inFlight,
    );
    const memory = peak(() => rssOf(instance));
    await stage.publish(15_000);
    expect((await healthOf(instance)).live).toBe(200);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    expect(await inFlight.stop()).toBeLessThanOrEqual(IN_FLIGHT);
    expect((await memory.stop()) - before).toBeLessThan(250);
    await endsWell(instance);
  });

  it('messages after an idle time are processed immediately', async () => {
    stage = await Stage.create(kafka.bootstrapServers);
    const instance = await stage.start().ready();
    await stage.publish(100);
    await stage.reached(100);
    await pause(20_000);
    await stage.publish(2_000);
    await stage.reached(2_100, 20_000);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    await endsWell(instance);
  });

  it('a slow instance delays only its own partitions, and only temporarily', async () => {
    stage = await Stage.create(kafka.bootstrapServers, { partitions: 6 });
    const slow = await stage.start({ servers: `127.0.0.1:${proxy.port}` }).ready();
    const fast = await stage.start().ready();
    await until(
      async () => (await partitionsOf(slow)) === 3 && (await partitionsOf(fast)) === 3,
      PATIENCE,
      () => 'the partitions are not shared',
    );
    proxy.latencyMs = 300;
    await stage.publish(3_000, 500);
    await stage.reached(1_000);
    const { missing, duplicates } = await stage.complete();
    expect({ missing, duplicates }).toEqual({ missing: 0, duplicates: 0 });
    for (const instance of [slow, fast]) expect(await predictionsOf(instance)).toBeGreaterThan(0);
    await endsWell(fast);
    await endsWell(slow);
  });

  it('a wall clock that jumps by an hour causes no negative times and no delay', async () => {
    stage = await Stage.create(kafka.bootstrapServers);
    const instance = await stage.start({ failpoint: 'clock:1', flags: ['--print', '--json'] }).ready();
    await stage.publish(1_500, 500);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    expect((await healthOf(instance)).ready).toBe(200);
    const { stdout, code } = await instance.stop();
    expect(code).toBe(0);
    const printed = stdout.trim().split('\n').map(toTimes);
    expect(printed).toHaveLength(1_500);
    expect(new Set(printed.map(({ hour }) => hour)).size).toBeGreaterThan(1);
    expect(printed.filter(({ least, most }) => least < 0 || most > 600_000)).toEqual([]);
  });
});

async function partitionsOf(instance: { json<T>(path: string): Promise<T> }): Promise<number> {
  return (await instance.json<{ partitions: unknown[] }>('/api/v1/lag')).partitions.length;
}

async function predictionsOf(instance: { json<T>(path: string): Promise<T> }): Promise<number> {
  return (await instance.json<{ predictions: number }>('/api/v1/stats')).predictions;
}

/** When it says that it was predicted, and the least and most of its durations, ms. */
function toTimes(line: string): { hour: string; least: number; most: number } {
  const { timing, predictedAt } = JSON.parse(line) as {
    timing: { queueMs: number; inferenceMs: number; totalMs: number };
    predictedAt: string;
  };
  const times = [timing.queueMs, timing.inferenceMs, timing.totalMs];
  return { hour: predictedAt.slice(0, 13), least: Math.min(...times), most: Math.max(...times) };
}
