/** Faults of acks, leases and streams with effectively-once delivery: each image still has one outcome. */
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { IN_FLIGHT, LEASE, PROJECT, PubsubStage, inFlight, unreadyReasons } from './pubsub-stage';
import { endsWell } from './watch';

jest.setTimeout(120_000);

const UNAVAILABLE = 14;
const ONCE = { missing: 0, duplicates: 0 };

describeWith(['go'], 'Pub/Sub with --delivery exactly-once', () => {
  const fake = new PubsubFake();
  let stage: PubsubStage;

  beforeAll(() => fake.start(), BUILD_TIME);
  beforeEach(async () => {
    await fake.restart();
    stage = new PubsubStage(fake, 'exactly-once');
  });
  afterEach(() => stage.close());
  afterAll(() => fake.kill());

  it('creates the subscription with exactly-once delivery', async () => {
    await stage.createTopics();
    const exactlyOnce = async (name: string): Promise<boolean | null | undefined> =>
      (await stage.client().subscription(name).getMetadata())[0].enableExactlyOnceDelivery;
    expect(await exactlyOnce('images-sub')).toBe(true);
    expect(await exactlyOnce('prediction-receiver')).toBe(false);
  });

  it('warns about a subscription without exactly-once delivery, and is still ready', async () => {
    const client = stage.client();
    const [topic] = await client.createTopic('images');
    await topic.createSubscription('images-sub');
    const program = await stage.run().ready();
    expect(program.stderr).toMatch(/has no exactly-once delivery/);
    expect(program.stderr).toMatch(/--enable-exactly-once-delivery/);
    await stage.publish(20);
    expect(await stage.done()).toEqual(ONCE);
  });

  it('gives one outcome to an image that is redelivered while in flight', async () => {
    await stage.createTopics();
    await stage.publish(IN_FLIGHT);
    await fake.fault({ method: 'Publish', kind: 'fail', code: UNAVAILABLE, left: -1 });
    const program = stage.run();
    const deliveries = async (): Promise<number[]> =>
      (await fake.messages(PROJECT, 'images')).map((image) => image.deliveries);
    // Taken means that the lease is confirmed, too: a confirmation under way would lengthen it past the advance.
    await stage.until(async () => (await inFlight(program)) === IN_FLIGHT);
    await fake.advance(LEASE);
    await stage.until(async () => (await deliveries()).every((count) => count >= 2));
    await fake.clear();
    expect(await stage.done()).toEqual(ONCE);
  });

  it('only acknowledges an image that is redelivered because its lease expired before the ack', async () => {
    const program = await stage.run().ready();
    await fake.fault({ method: 'Acknowledge', kind: 'invalid', left: -1 });
    await stage.publish(100);
    await stage.until(async () => (await stage.tally()).missing === 0);
    await stage.until(() => /acks were refused/.test(program.stderr));
    expect(await stage.acked()).toBe(0);
    await fake.clear();
    await fake.advance(LEASE);
    expect(await stage.done()).toEqual(ONCE);
    await endsWell(program);
    const [, refused, redelivered] = /"refused":(\d+),"redelivered":(\d+)/.exec(program.stderr) ?? [];
    expect(Number(refused)).toBeGreaterThan(0);
    expect(Number(redelivered)).toBeGreaterThanOrEqual(Number(refused));
  });

  it('retries an ack that failed or whose response was lost', async () => {
    await stage.run().ready();
    await fake.fault({ method: 'Acknowledge', kind: 'fail', code: UNAVAILABLE, left: 3 });
    await stage.publish(50);
    expect(await stage.done()).toEqual(ONCE);
    await fake.fault({ method: 'Acknowledge', kind: 'lose', code: UNAVAILABLE, left: 3 });
    await stage.publish(50);
    expect(await stage.done()).toEqual(ONCE);
  });

  it('recovers when streams end, break, and cannot be reopened for a while', async () => {
    await fake.streamTimeout(300);
    const program = await stage.run().ready();
    for (let round = 0; round < 5; round++) {
      await stage.publish(20);
      await fake.breakStreams();
    }
    await stage.until(async () => (await stage.tally()).missing < 100);
    await fake.streamTimeout(0);
    await fake.fault({ method: 'StreamingPull', kind: 'fail', code: UNAVAILABLE, left: 3 });
    await fake.breakStreams();
    await stage.publish(20);
    await stage.until(async () => (await stage.numbersWithOutcome()).some((number) => number >= 100));
    // What was on a stream when that ended is leased to nobody until now.
    await fake.advance(LEASE);
    expect(await stage.done()).toEqual(ONCE);
    expect(await unreadyReasons(program)).toBe('');
  });
});
