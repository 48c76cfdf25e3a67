/** The broker stops, restarts or freezes. */
import { Cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { IN_FLIGHT, PATIENCE, Stage } from './driver';
import { endsWell, healthOf, pause, rssOf, saysWhy } from './watch';

jest.setTimeout(3 * PATIENCE);

const LOST = 'Kafka does not answer; retrying';
const BACK = 'Kafka answers again';

interface Unready {
  readonly outage?: { readonly since: number };
  readonly source: { readonly state: string };
}

/** All warnings and errors, and the lines about returns. */
function noticesIn(stderr: string): string[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines
    .map((line) => JSON.parse(line) as { level: number; msg: string })
    .filter(({ level, msg }) => level >= 40 || /again|reconnected|resumed/.test(msg))
    .map(({ msg }) => msg);
}

/** It must have lasted a few seconds. */
function returnIsReported(instance: Cli): Promise<void> {
  return until(
    () => instance.stderr.includes(BACK),
    10_000,
    () => instance.stderr,
  );
}

describeWith(['java', 'maven', 'kafka-addon'], 'while Kafka is away', () => {
  let kafka: KafkaServer;
  let stage: Stage;
  beforeAll(async () => (kafka = await KafkaServer.create()), PATIENCE);
  afterAll(() => kafka.close(), PATIENCE);
  beforeEach(async () => {
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(async () => {
    // A test that failed in the middle must not fail those after it.
    kafka.signal('SIGCONT');
    if (kafka.pid === undefined) await kafka.start();
    await stage.close();
  }, PATIENCE);

  it('a program started during an outage reports what it waits for, and starts when the broker does', async () => {
    await stage.publish(300);
    await kafka.stop('SIGTERM');
    const instance = stage.start();
    await until(
      () => instance.stderr.includes(LOST),
      // From the start of the process; the broker itself is missed at once.
      30_000,
      () => instance.stderr,
    );
    expect(instance.stderr).not.toContain('BROKER_UNREACHABLE');
    await saysWhy(instance, /^Kafka at \S+: cannot connect: Connection refused; retrying\.$/);
    await pause(2_000);
    expect((await healthOf(instance)).live).toBe(200);
    await kafka.start();
    await instance.ready(30_000);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    await returnIsReported(instance);
    await endsWell(instance);
    expect(noticesIn(instance.stderr)).toEqual([LOST, BACK]);
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
        () => instance.stderr.slice(said).includes(LOST),
        PATIENCE,
        () => instance.stderr,
      );
      // Within a second; an orderly end of the broker takes some of its own.
      if (signal === 'SIGKILL') expect(performance.now() - lostAt).toBeLessThan(3_000);
      await saysWhy(instance, /^Kafka at \S+ .*; retrying\.$/);
      const { outage, source } = await instance.json<Unready>('/readyz');
      expect(Math.abs(Date.now() - (outage?.since ?? 0))).toBeLessThan(PATIENCE);
      expect(source.state).toBe('down');
      expect(await instance.json('/api/v1/lag')).toMatchObject({ messages: null, partitions: [] });
      await kafka.start();
      await publishing;
      await instance.ready();
      const { missing, duplicates } = await stage.complete();
      expect(missing).toBe(0);
      // A session that expires during the outage resumes from the last commit, as after a crash.
      expect(duplicates).toBeLessThanOrEqual(await stage.mostRepeated());
      await returnIsReported(instance);
      await endsWell(instance);
      expect(noticesIn(instance.stderr)).toEqual([LOST, BACK]);
    },
  );

  it('the demo continues by itself', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--rate', '100'];
    const demo = new Cli(['demo', ...flags, '--port', '0', '--workers', '1', '--log-format', 'json']);
    const explain = (): string => demo.stderr.slice(-4_000);
    const predictions = async (): Promise<number> =>
      (await demo.json<{ predictions: number }>('/api/v1/stats')).predictions;
    try {
      await demo.ready();
      await until(async () => (await predictions()) > 100, PATIENCE, explain);
      await kafka.stop('SIGKILL');
      await until(() => demo.stderr.includes(LOST), 5_000, explain);
      await kafka.start();
      await demo.ready(PATIENCE);
      const before = await predictions();
      await until(async () => (await predictions()) > before + 200, PATIENCE, explain);
      await returnIsReported(demo);
      await endsWell(demo);
      expect(noticesIn(demo.stderr)).toEqual([LOST, BACK]);
    } finally {
      demo.child.kill('SIGKILL');
    }
  });

  it('a broker frozen for longer than a session causes no duplicates', async () => {
    const instance = await stage.start({ properties: { 'socket.timeout.ms': '8000' } }).ready();
    const publishing = stage.publish(2_000, 300);
    await stage.reached(300);
    const before = rssOf(instance);
    kafka.signal('SIGSTOP');
    await pause(15_000);
    expect((await healthOf(instance)).live).toBe(200);
    expect(rssOf(instance)).toBeLessThan(before + 100);
    expect(noticesIn(instance.stderr)).toEqual([LOST]);
    kafka.signal('SIGCONT');
    await publishing;
    await instance.ready();
    const { missing, duplicates } = await stage.complete();
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(IN_FLIGHT);
    await returnIsReported(instance);
    await endsWell(instance);
    expect(noticesIn(instance.stderr)).toEqual([LOST, BACK]);
  });
});
