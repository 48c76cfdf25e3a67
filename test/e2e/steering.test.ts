/** A running stream that operators pause, resume, limit and drain, on real brokers. */
import { PubSub } from '@google-cloud/pubsub';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import type { Broker, PartitionLag } from '../../src/core/ports';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

const TIMEOUT = 60_000;
jest.setTimeout(240_000);

const images = testImages();
const GUIDE = 'docs/guides/steering.md';
const newHome = () => mkdtempSync(join(tmpdir(), 'stream-infer-home-'));

async function publish(broker: Broker, from: number, to: number, topic = 'images'): Promise<void> {
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(TIMEOUT));
  await sink.publish(
    topic,
    Array.from({ length: to - from }, (_, i) => ({
      key: Buffer.from(String(i)),
      value: images.subarray(i * 784, (i + 1) * 784),
      headers: [['id', `image ${from + i}`]] as const,
    })),
  );
  await sink.close();
}

/** Runs a command of `ctl` against this process. */
async function ctl(process: Cli, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(['ctl', ...words, '--url', process.url]);
  if (code !== 0) throw new Error(`ctl ${words.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

const predictions = async (process: Cli): Promise<number> =>
  (await process.json<{ predictions: number }>('/api/v1/stats')).predictions;

const started = async (process: Cli): Promise<Cli> => {
  await until(
    () => process.url !== '',
    TIMEOUT,
    () => process.stderr,
  );
  return await process.ready();
};

const untilIn = (process: Cli, condition: () => Promise<boolean>): Promise<void> =>
  until(condition, TIMEOUT, () => process.stderr.slice(-3_000));

describeWith(['dataset'], 'the guide about steering', () => {
  it('has lines that work as they are printed, and the last one ends the process', async () => {
    const running = await started(new Cli(['run', '--broker', 'memory', '--port', '0']));
    for (const { text } of commandLinesOf(GUIDE)) {
      const words = ownWords(text);
      if (words === undefined) continue;
      const done = await cli([...words, '--url', running.url]);
      expect([text, done.code, done.stderr]).toEqual([text, 0, '']);
      expect(done.stdout).not.toBe('');
    }
    expect((await running.finished).code).toBe(0);
  });
});

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'steering on Kafka', () => {
  let server: KafkaServer;
  let broker: Broker;

  beforeAll(async () => {
    server = await KafkaServer.create();
    const settings = { properties: { 'bootstrap.servers': server.bootstrapServers }, embedded: false };
    broker = createKafkaBroker(settings, silentContext('test-steering'));
    await broker.createAdmin().createTopics([
      { topic: 'images', partitions: 4 },
      { topic: 'once', partitions: 2 },
    ]);
  });

  afterAll(async () => {
    await broker?.close();
    await server?.close();
  });

  it('keeps the partitions of a paused member, which is not reported as dead and loses nothing', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', server.bootstrapServers, '--create-topics'];
    const args = ['run', ...flags, '--workers', '1', '--port', '0'];
    const homes = [newHome(), newHome()];
    const members = homes.map((home) => new Cli(args, { XDG_DATA_HOME: home }));
    const [one, two] = (await Promise.all(members.map(started))) as [Cli, Cli];
    const lagOf = (member: Cli) =>
      member.json<{ messages: number; paused?: object; partitions: PartitionLag[] }>('/api/v1/lag');
    try {
      await untilIn(one, async () => (await lagOf(one)).partitions.length === 2);
      await publish(broker, 0, 200);
      await untilIn(one, async () => (await predictions(one)) + (await predictions(two)) === 200);
      const before = await predictions(one);
      await ctl(one, 'pause', '--by', 'anna', '--reason', 'wrong labels');
      // The client fetches on for a second. Messages that arrive afterwards are found only by a query for the end.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await publish(broker, 200, 400);
      await untilIn(two, async () => (await lagOf(two)).messages === 0 && (await predictions(two)) > 100);
      // Unmarked, the waiting partitions would be reported after 8 seconds and a check of the group.
      const until = Date.now() + 14_000;
      while (Date.now() < until) {
        const ready = await two.json<{ ready: boolean; reasons: string[] }>('/readyz');
        expect(ready).toMatchObject({ ready: true, reasons: [] });
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(await predictions(one)).toBe(before);
      const paused = { by: 'anna', via: 'ctl', reason: 'wrong labels' };
      expect(await one.json('/readyz')).toMatchObject({ ready: true, paused });
      const lag = await lagOf(one);
      expect(lag).toMatchObject({ paused });
      expect(lag.messages).toBe(400 - (await predictions(two)) - before);
      await ctl(one, 'resume', '--by', 'anna');
      await untilIn(one, async () => (await predictions(one)) + (await predictions(two)) === 400);
      expect(await ctl(one, 'log')).toMatch(/#2 .*anna \(ctl\) {2}resume.*\n.*#1 .*wrong labels/);
      expect(
        readdirSync(join(homes[0]!, 'stream-infer')).filter((file) => /^audit-/.test(file)),
      ).toHaveLength(1);
      // Its own partitions only, and not before the end of the pause.
      await ctl(one, 'pause', '--by', 'anna');
      const own = await predictions(one);
      expect(await ctl(one, 'seek', 'earliest', '--by', 'anna')).toMatch(
        /^images\/\d: \d+ → 0, images\/\d: \d+ → 0\n/,
      );
      await untilIn(one, async () => (await lagOf(one)).messages === own);
      expect(await predictions(one)).toBe(own);
      await ctl(one, 'resume', '--by', 'anna');
      await untilIn(
        one,
        async () => (await lagOf(one)).messages === 0 && (await predictions(one)) === 2 * own,
      );
      expect(await predictions(two)).toBe(400 - own);
      expect(await ctl(one, 'drain', '--by', 'anna')).toContain('the process has ended');
      expect((await one.finished).code).toBe(0);
    } finally {
      await Promise.all(members.map((member) => member.stop('SIGKILL')));
    }
  });

  it('seeks with exactly-once delivery, also across a kill, and refuses an offset that is not there', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', server.bootstrapServers, '--create-topics'];
    const names = ['--input-topic', 'once', '--output-topic', 'once.out', '--group', 'once'];
    const args = ['run', ...flags, ...names, '--delivery', 'exactly-once', '--workers', '1', '--port', '0'];
    const env = { XDG_DATA_HOME: newHome() };
    const first = await started(new Cli(args, env));
    await publish(broker, 0, 60, 'once');
    await untilIn(first, async () => (await predictions(first)) === 60);
    const wrong = await cli(['ctl', 'seek', '5000', '--by', 'anna', '--url', first.url]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has the offset 5000') as string,
    });
    await ctl(first, 'pause', '--by', 'anna');
    await ctl(first, 'seek', 'earliest', '--by', 'anna');
    // The client pauses its partitions after a second: that must not restore the former position.
    await untilIn(first, async () => (await first.json<{ messages: number }>('/api/v1/lag')).messages === 60);
    await first.stop('SIGKILL');
    const second = await started(new Cli(args, env));
    try {
      await untilIn(second, async () => (await predictions(second)) === 60);
      await ctl(second, 'seek', '1h', '--by', 'anna');
      await untilIn(second, async () => (await predictions(second)) === 120);
    } finally {
      await second.stop('SIGKILL');
    }
  });
});

describeWith(['go', 'dataset'], 'a paused process on Pub/Sub', () => {
  const fake = new PubsubFake();
  beforeAll(() => fake.start(), BUILD_TIME);
  afterAll(() => fake.kill());

  it('moves its subscription to a time and to a snapshot', async () => {
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    const env = { PUBSUB_EMULATOR_HOST: fake.address };
    const broker = createPubsubBroker({ project: 'sought' }, silentContext('test-steering'));
    const args = ['run', '--broker', 'pubsub', '--project', 'sought', '--workers', '1', '--port', '0'];
    const one = await started(new Cli(args, env));
    const client = new PubSub({ projectId: 'sought', clientOptions: { universeDomain: 'googleapis.com' } });
    const predicted = (count: number) => untilIn(one, async () => (await predictions(one)) === count);
    // A snapshot or a seek before the acknowledgements would move other messages.
    const settled = async (count: number) => {
      await predicted(count);
      await untilIn(one, async () => {
        const messages = await fake.messages('sought', 'images');
        return messages.filter(({ acks }) => acks > 0).length === count;
      });
    };
    try {
      await publish(broker, 0, 10);
      await settled(10);
      await client.subscription('images-sub').createSnapshot('after-ten');
      await publish(broker, 10, 15);
      await settled(15);
      expect(await ctl(one, 'seek', 'snapshot:after-ten', '--by', 'anna')).toContain(
        'moved the subscription',
      );
      await predicted(20);
      // The fake counts no acknowledgements of messages that it delivers again.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await ctl(one, 'seek', '1h', '--by', 'anna');
      await predicted(35);
      const unknown = await cli(['ctl', 'seek', 'snapshot:none', '--by', 'anna', '--url', one.url]);
      expect(unknown.stderr).toContain('the snapshot none does not exist');
      const offset = await cli(['ctl', 'seek', '7', '--by', 'anna', '--url', one.url]);
      expect(offset.stderr).toContain('Pub/Sub has no offsets');
      await publish(broker, 15, 16);
      await predicted(36);
    } finally {
      delete process.env['PUBSUB_EMULATOR_HOST'];
      await one.stop('SIGKILL');
      await client.close();
      await broker.close();
    }
  });

  it('leases nothing, so another reader gets the messages, and continues afterwards', async () => {
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    const env = { PUBSUB_EMULATOR_HOST: fake.address };
    const broker = createPubsubBroker({ project: 'steered' }, silentContext('test-steering'));
    const args = ['run', '--broker', 'pubsub', '--project', 'steered', '--workers', '1', '--port', '0'];
    const one = await started(new Cli(args, env));
    const members = [one];
    try {
      await publish(broker, 0, 20);
      await untilIn(one, async () => (await predictions(one)) === 20);
      // So few a second that most of the next ones wait here.
      await ctl(one, 'rate', '1', '--by', 'anna');
      await publish(broker, 20, 60);
      await untilIn(one, async () => (await predictions(one)) > 20);
      await ctl(one, 'pause', '--by', 'anna');
      const two = await started(new Cli(args, env));
      members.push(two);
      await untilIn(two, async () => (await predictions(one)) + (await predictions(two)) === 60);
      expect(await predictions(two)).toBeGreaterThan(30);
      await two.stop();
      await publish(broker, 60, 80);
      await ctl(one, 'rate', 'off', '--by', 'anna');
      await ctl(one, 'resume', '--by', 'anna');
      const acked = async () => (await fake.messages('steered', 'images')).filter(({ acks }) => acks > 0);
      await untilIn(one, async () => (await acked()).length === 80);
      expect(await one.json('/readyz')).toMatchObject({ ready: true, reasons: [] });
    } finally {
      delete process.env['PUBSUB_EMULATOR_HOST'];
      await Promise.all(members.map((member) => member.stop('SIGKILL')));
      await broker.close();
    }
  });
});
