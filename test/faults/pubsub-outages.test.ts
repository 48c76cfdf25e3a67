/** Outages of Pub/Sub with at-least-once: nothing is lost, and the program reports what it waits for. */
import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import type { Delivery } from '../../src/core/message';
import { silentContext } from '../helpers/broker-context';
import type { Cli } from '../helpers/cli';
import { recordingLog } from '../helpers/log';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import {
  IN_FLIGHT,
  PATIENCE,
  PROJECT,
  PubsubStage,
  inFlight,
  residentMegabytes,
  unreadyReasons,
} from './pubsub-stage';
import { endsWell } from './watch';

jest.setTimeout(120_000);

const UNAVAILABLE = 14;
const PERMISSION_DENIED = 7;

/** A second, and what a busy machine adds; the client itself reports nothing before 5 s, ms. */
const SOON = 4_000;
const LOST = 'Pub/Sub does not answer; retrying';
const BACK = 'Pub/Sub answers again';

describeWith(['go'], 'stream-infer --broker pubsub', () => {
  const fake = new PubsubFake();
  let stage: PubsubStage;

  beforeAll(() => fake.start(), BUILD_TIME);
  beforeEach(async () => {
    await fake.restart();
    stage = new PubsubStage(fake);
  });
  afterEach(() => stage.close());
  afterAll(() => fake.kill());

  it.each([['--create-topics'], ['--no-create-topics']])(
    'waits for an endpoint that is down at the start, and reports it within a second, with %s',
    async (flag) => {
      await fake.kill();
      const program = stage.run(flag);
      await stage.until(() => logged(program, LOST) !== undefined);
      const loaded = logged(program, 'model ready')?.time ?? 0;
      expect((logged(program, LOST)?.time ?? Infinity) - loaded).toBeLessThan(SOON);
      await stage.until(async () => /Pub\/Sub|topics/.test(await unreadyReasons(program)));
      expect((await fetch(`${program.url}/livez`)).status).toBe(200);
      await fake.start();
      if (flag === '--no-create-topics') await stage.createTopics();
      await program.ready();
      await stage.publish(20);
      expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
    },
  );

  it('logs within a second that the broker is down, even if only publishing notices, and that it is back', async () => {
    const { log, lines } = recordingLog();
    const broker = createPubsubBroker({ project: PROJECT }, { instanceId: 'outage', log });
    await stage.createTopics();
    stage.client();
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(PATIENCE));
    await fake.kill();
    const killedAt = performance.now();
    const message = { key: null, value: Buffer.from('x'), headers: [] };
    const publishing = sink.publish('predictions', [message]);
    await stage.until(() => lines.includes(`warn ${LOST}`));
    expect(performance.now() - killedAt).toBeLessThan(SOON);
    expect(sink.status()).toMatchObject({ state: 'down' });
    await fake.start();
    await stage.createTopics();
    await publishing.catch(() => undefined);
    await sink.publish('predictions', [message]);
    expect(lines.filter((line) => line === `warn ${LOST}`)).toHaveLength(1);
    await stage.until(() => lines.includes(`info ${BACK}`));
    await broker.close();
  });

  // Its connection stays open, and an idle stream that hangs looks like one that has nothing to bring.
  it('detects an unresponsive broker without messages, and recovers', async () => {
    const program = await stage.run().ready();
    fake.signal('SIGSTOP');
    try {
      await stage.until(() => logged(program, LOST) !== undefined, 20_000);
      expect(await unreadyReasons(program)).toMatch(/images-sub/);
    } finally {
      fake.signal('SIGCONT');
    }
    await program.ready();
    await stage.until(() => logged(program, BACK) !== undefined);
    await stage.publish(20);
    expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
  });

  it('continues the demo by itself, also on an emulator that returns without its topics', async () => {
    const program = await stage.run('--demo', '--rate', '100', '--create-topics').ready();
    const images = async (): Promise<number> => (await fake.messages(PROJECT, 'images')).length;
    await stage.until(async () => (await images()) > 0);
    await fake.kill();
    await stage.until(() => logged(program, LOST) !== undefined);
    await fake.start();
    await stage.until(async () => (await images()) > 100);
    await program.ready();
    expect(levelsOf(program, LOST)).toEqual([40]);
    await stage.until(() => logged(program, BACK) !== undefined);
    await endsWell(program);
    expect(levelsOf(program, BACK)).toEqual([30]);
  });

  it('continues the demo after a failed publish', async () => {
    await stage.createTopics();
    const program = await stage.run('--demo', '--rate', '100').ready();
    const images = async (): Promise<number> => (await fake.messages(PROJECT, 'images')).length;
    await stage.until(async () => (await images()) > 0);
    await fake.fault({ method: 'Publish', kind: 'fail', code: PERMISSION_DENIED, left: -1 });
    await stage.until(() => logged(program, 'demo publisher interrupted; retrying') !== undefined);
    const before = await images();
    await fake.clear();
    await stage.until(async () => (await images()) > before + 100);
    expect(logged(program, 'demo publisher resumed')).toBeDefined();
    await endsWell(program);
  });

  it('is not ready without its subscription, and recovers when it is recreated', async () => {
    const program = await stage.run().ready();
    await stage.publish(20);
    await stage.done();
    await stage.client().subscription('images-sub').delete();
    await stage.until(async () => /images-sub.*NOT_FOUND/.test(await unreadyReasons(program)));
    await stage.createTopics();
    await program.ready();
    await stage.publish(20);
    expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
  });

  it('is not ready while the topic of its subscription is deleted, which doctor also reports', async () => {
    await stage.createTopics();
    await stage.publish(5);
    await stage.client().topic('images').delete();
    const program = stage.run('--no-create-topics');
    await stage.until(async () =>
      /images-sub was deleted.*create it again/.test(await unreadyReasons(program)),
    );
    // Earlier messages are not lost.
    await stage.until(async () => (await stage.tally()).missing === 0);
    expect((await fetch(`${program.url}/readyz`)).status).toBe(503);
    const { code, stdout } = await stage.cli('doctor', '--port', '0');
    expect([code, stdout]).toEqual([
      5,
      expect.stringMatching(/subscription.*images-sub was deleted/) as string,
    ]);
    await stage.client().subscription('images-sub').delete();
    await stage.createTopics();
    await program.ready();
    await stage.publish(5);
    expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
  });

  it('is not ready without permission to read its subscription, and recovers with it', async () => {
    const program = await stage.run().ready();
    await fake.fault({ method: 'StreamingPull', kind: 'fail', code: PERMISSION_DENIED, left: -1 });
    await fake.breakStreams();
    await stage.until(async () =>
      /images-sub.*PERMISSION_DENIED: a fault of this test/.test(await unreadyReasons(program)),
    );
    await fake.clear();
    await stage.publish(20);
    await stage.until(async () => (await stage.tally()).missing === 0);
    await program.ready();
  });

  it('pauses consumption and acks while predictions are not confirmed, and resumes afterwards', async () => {
    await stage.createTopics();
    await stage.publish(3 * IN_FLIGHT);
    await fake.fault({ method: 'Publish', kind: 'fail', code: PERMISSION_DENIED, left: -1 });
    const program = stage.run();
    await stage.until(async () => /not confirming/.test(await unreadyReasons(program)));
    expect(await inFlight(program)).toBeLessThanOrEqual(IN_FLIGHT);
    expect(await stage.acked()).toBe(0);
    await fake.clear();
    await program.ready();
    expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
  });

  it('republishes unconfirmed predictions: each id at most twice, and nothing missing', async () => {
    await stage.run().ready();
    await stage.publish(IN_FLIGHT);
    await fake.fault({ method: 'Publish', kind: 'lose', code: UNAVAILABLE, left: 2 });
    await stage.until(async () => (await stage.tally()).missing === 0);
    const { missing, duplicates } = await stage.done();
    expect(missing).toBe(0);
    expect(duplicates).toBeLessThanOrEqual(2 * IN_FLIGHT);
  });

  it('uses no ordering keys, so that a failed publish does not block other images with the key', async () => {
    await stage.createTopics();
    await stage.publish(IN_FLIGHT, 'one key');
    await fake.fault({ method: 'Publish', kind: 'fail', code: PERMISSION_DENIED, left: 1 });
    await stage.run().ready();
    expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
    for (const { orderingKey, attributes } of await stage.outcomes()) {
      expect([orderingKey, attributes?.['key']]).toEqual(['', 'one key']);
    }
  });

  it('exits with code 0 on SIGTERM under load, and released messages are redelivered once', async () => {
    const program = await stage.run().ready();
    await stage.publish(300);
    await stage.until(async () => (await stage.tally()).missing < 300);
    const { code, stderr } = await program.stop();
    expect([code, /"left":(\d+)/.exec(stderr)?.[1]]).toEqual([0, '0']);
    expect((await stage.tally()).missing).toBeGreaterThan(0);
    await stage.run().ready();
    expect(await stage.done()).toEqual({ missing: 0, duplicates: 0 });
  });

  it('keeps its limits in a flood', async () => {
    const program = await stage.run().ready();
    const before = residentMegabytes(program);
    const flood = stage.publish(1_500);
    let [most, memory] = [0, 0];
    await stage.until(async () => {
      most = Math.max(most, await inFlight(program));
      memory = Math.max(memory, residentMegabytes(program));
      return (await stage.acked()) === 1_500;
    });
    await flood;
    expect(await stage.tally()).toMatchObject({ missing: 0 });
    expect(most).toBeLessThanOrEqual(IN_FLIGHT);
    expect(most).toBeGreaterThan(0);
    expect(memory - before).toBeLessThan(150);
  });

  it('leaves a repeatedly released message to the dead-letter policy of its subscription', async () => {
    const client = stage.client();
    const [topic] = await client.createTopic('images');
    const [undeliverable] = await client.createTopic('undeliverable');
    await undeliverable.createSubscription('undeliverable-sub');
    const deadLetterPolicy = { deadLetterTopic: undeliverable.name, maxDeliveryAttempts: 5 };
    await topic.createSubscription('images-sub', { deadLetterPolicy, ackDeadlineSeconds: 60 });
    await topic.publishMessage({ data: Buffer.from('poison') });
    const broker = createPubsubBroker({ project: PROJECT }, silentContext());
    const limits = { group: 'g', from: 'earliest', maxInFlight: 9, maxInFlightBytes: 9_999 } as const;
    const takeOne = async (name: string): Promise<Delivery> => {
      const source = broker.createSource({ topic: name, subscription: `${name}-sub`, ...limits });
      await source.open(AbortSignal.timeout(PATIENCE));
      let [taken] = await source.receive(1, AbortSignal.timeout(PATIENCE));
      while (taken === undefined) [taken] = await source.receive(1, AbortSignal.timeout(PATIENCE));
      await source.close();
      return taken;
    };
    const attempts: number[] = [];
    for (let i = 0; i < 5; i++) attempts.push((await takeOne('images')).attempt);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect((await takeOne('undeliverable')).value?.toString()).toBe('poison');
    await broker.close();
  });
});

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
}

/** The first line of the program's log with this message. */
function logged(program: Cli, message: string): LogLine | undefined {
  return linesOf(program).find(({ msg }) => msg === message);
}

function levelsOf(program: Cli, message: string): number[] {
  return linesOf(program).flatMap(({ msg, level }) => (msg === message ? [level] : []));
}

function linesOf({ stderr }: Cli): LogLine[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LogLine);
}
