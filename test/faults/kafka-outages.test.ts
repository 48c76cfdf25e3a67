/** The broker stops, restarts or freezes. */
import { until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { IN_FLIGHT, PATIENCE, Stage } from './driver';
import { endsWell, healthOf, pause, rssOf, saysWhy } from './watch';

jest.setTimeout(3 * PATIENCE);

describeWith(['java', 'maven', 'kafka-addon'], 'while Kafka is away', () => {
  let kafka: KafkaServer;
  let stage: Stage;
  beforeAll(async () => (kafka = await KafkaServer.create()), PATIENCE);
  afterAll(() => kafka.close(), PATIENCE);
  beforeEach(async () => {
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(() => stage.close(), PATIENCE);

  it('a program started during an outage reports what it waits for, and starts when the broker does', async () => {
    await stage.publish(300);
    await kafka.stop('SIGTERM');
    const instance = stage.start();
    await until(
      () => /"level":40.*kafka sink cannot connect/.test(instance.stderr),
      // From the start of the process; the broker itself is missed at once.
      30_000,
      () => instance.stderr,
    );
    expect(instance.stderr).not.toContain('BROKER_UNREACHABLE');
    await saysWhy(instance, /does not answer|Kafka at/);
    await pause(2_000);
    expect((await healthOf(instance)).live).toBe(200);
    await kafka.start();
    await instance.ready(30_000);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    await endsWell(instance);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'a broker that ends by %s in the middle and comes back costs nothing but time',
    async (signal) => {
      const instance = await stage.start().ready();
      const publishing = stage.publish(3_000, 600);
      await stage.reached(900);
      const [said, lostAt] = [instance.stderr.length, performance.now()];
      await kafka.stop(signal);
      await until(
        () => /"level":40.*lost its broker/.test(instance.stderr.slice(said)),
        PATIENCE,
        () => instance.stderr,
      );
      // Within a second; an orderly end of the broker takes some of its own.
      if (signal === 'SIGKILL') expect(performance.now() - lostAt).toBeLessThan(3_000);
      await saysWhy(instance, /Kafka at/);
      await kafka.start();
      await publishing;
      await instance.ready();
      const { missing, duplicates } = await stage.complete();
      expect(missing).toBe(0);
      // A session that expires during the outage resumes from the last commit, as after a crash.
      expect(duplicates).toBeLessThanOrEqual(await stage.mostRepeated());
      await endsWell(instance);
    },
  );

  it('a broker frozen for longer than a session causes no duplicates', async () => {
    const instance = await stage.start({ properties: { 'socket.timeout.ms': '8000' } }).ready();
    const publishing = stage.publish(2_000, 300);
    await stage.reached(300);
    const before = rssOf(instance);
    kafka.signal('SIGSTOP');
    await pause(15_000);
    expect((await healthOf(instance)).live).toBe(200);
    expect(rssOf(instance)).toBeLessThan(before + 100);
    kafka.signal('SIGCONT');
    await publishing;
    await instance.ready();
    const { missing, duplicates } = await stage.complete();
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(IN_FLIGHT);
    await endsWell(instance);
  });
});
