/** Another model version classifies past messages of a Pub/Sub topic; the running subscription is left alone. */
import { PubSub } from '@google-cloud/pubsub';
import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import type { Broker, MessageSource } from '../../src/core/ports';
import type { ScanRange } from '../../src/core/scan-range';
import type { TopicScan } from '../../src/core/topic-scan';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

jest.setTimeout(240_000);

const PROJECT = 'replayed';
const NEVER = new AbortController().signal;
const HOUR = { from: { at: 'time', ms: Date.now() - 3_600_000 }, to: { at: 'end' } } as const;
const [BEFORE, AFTER] = [8, 4];

describeWith(['go', 'dataset'], 'replay on Pub/Sub', () => {
  const images = testImages();
  const fake = new PubsubFake();
  let client: PubSub;
  let broker: Broker;
  let running: MessageSource;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await fake.start();
    env = { PUBSUB_EMULATOR_HOST: fake.address, GOOGLE_CLOUD_PROJECT: PROJECT };
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    client = new PubSub({ projectId: PROJECT, clientOptions: { universeDomain: 'googleapis.com' } });
    broker = createPubsubBroker({ project: PROJECT }, silentContext('test-replay'));
    const topic = `projects/${PROJECT}/topics/images`;
    await client.createTopic({ name: topic, messageRetentionDuration: { seconds: 3_600 } });
    await broker.createAdmin().createTopics([
      { topic: 'images', subscription: 'images-sub' },
      { topic: 'forgotten', subscription: 'forgotten-sub' },
    ]);
    running = broker.createSource({
      ...{ topic: 'images', group: 'running', subscription: 'images-sub', from: 'earliest' },
      ...{ maxInFlight: 100, maxInFlightBytes: 1 << 20 },
    });
    await running.open(NEVER);
    await publish(0, BEFORE);
    await classified(BEFORE);
    await acknowledged(BEFORE);
    await client.subscription('images-sub').createSnapshot('before-deploy');
    await publish(BEFORE, BEFORE + AFTER);
    await classified(AFTER);
    await acknowledged(BEFORE + AFTER);
  }, BUILD_TIME);
  afterAll(async () => {
    delete process.env['PUBSUB_EMULATOR_HOST'];
    await broker?.close();
    await client?.close();
    await fake.kill();
  });

  async function publish(from: number, to: number): Promise<void> {
    const sink = broker.createSink();
    await sink.open(NEVER);
    const messages = Array.from({ length: to - from }, (_, i) => ({
      key: null,
      value: images.subarray((from + i) * 784, (from + i + 1) * 784),
      headers: [['id', `image ${from + i}`]] as const,
    }));
    await sink.publish('images', messages);
    await sink.close();
  }

  /** The running system takes so many messages; returns their ids. */
  async function classified(count: number): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      const deliveries = await running.receive(count, NEVER);
      running.settle(deliveries);
      for (const { headers } of deliveries) ids.push(String(headers[0]?.[1]));
    }
    return ids;
  }

  /** A snapshot and a seek see what Pub/Sub has acknowledged by then. */
  async function acknowledged(count: number): Promise<void> {
    const acked = async () => (await fake.messages(PROJECT, 'images')).filter(({ acks }) => acks > 0).length;
    await until(
      async () => (await acked()) === count,
      60_000,
      () => 'messages are not acknowledged',
    );
  }

  const scan = (range: ScanRange, topic = 'images'): TopicScan =>
    broker.createScan({ topic, memory: null, subscription: '', range });

  const temporary = async (): Promise<string[]> =>
    (await client.getSubscriptions())[0]
      .map(({ name }) => name)
      .filter((name) => /stream-infer-replay-/.test(name));
  const isThere = async (name: string): Promise<boolean> => (await client.subscription(name).exists())[0];

  async function replay(words: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await cli([...words, '--json', '--precision', 'fp32'], env);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('reads a snapshot and a time, and leaves the running subscription alone', async () => {
    const [guide] = commandLinesOf('docs/guides/replay.md').filter(({ needs }) => needs === 'pubsub');
    const words = ownWords(guide?.text ?? '') ?? [];
    expect(words).toContain('snapshot:before-deploy');
    const hour = ['replay', '--broker', 'pubsub', '--from', '1h', '--side-topic', 'aside'];
    const [ofSnapshot, ofTime] = await Promise.all([replay(words), replay(hour)]);
    const whole = { finished: true, deadLetters: 0, comparison: null };
    expect(ofSnapshot).toMatchObject({ ...whole, predictions: AFTER });
    expect(ofTime).toMatchObject({ ...whole, predictions: BEFORE + AFTER });
    expect(await temporary()).toEqual([]);
    expect(await fake.messages(PROJECT, 'aside')).toHaveLength(BEFORE + AFTER);
    expect(await isThere('aside-sub')).toBe(true);

    await publish(50, 51);
    expect(await classified(1)).toEqual(['image 50']);
  });

  it.each<[string, TopicScanArguments, RegExp]>([
    ['a topic that retains nothing', [HOUR, 'forgotten'], /gcloud pubsub topics update forgotten/],
    ['an unknown snapshot', [{ ...HOUR, from: { at: 'snapshot', name: 'no' } }], /snapshot no does not/],
    ['an unknown topic', [HOUR, 'nowhere'], /the topic nowhere: .*NOT_FOUND/],
  ])('refuses %s, and leaves no subscription', async (_, [range, topic], message) => {
    const refused = scan(range, topic);
    await expect(refused.open(NEVER)).rejects.toThrow(message);
    await refused.close();
    expect(await temporary()).toEqual([]);
  });
});

type TopicScanArguments = readonly [range: ScanRange, topic?: string];
