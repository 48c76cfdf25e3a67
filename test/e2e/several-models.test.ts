import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { headerText } from '../../src/core/message';
import { silentContext } from '../helpers/broker-context';
import { Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { ModelServer } from '../helpers/model-server';
import { ModelVersions } from '../helpers/model-versions';
import { describeWith } from '../helpers/parts';
import { SteadyStream } from '../helpers/steady-stream';

jest.setTimeout(300_000);

/** Of the slow model: more than may be in flight. At one second for each batch, it does not finish them. */
const SLOW_IMAGES = 5_000;

interface Stats {
  readonly predictions: number;
  readonly activity: { readonly inFlight: number };
}

interface Ready {
  readonly models: readonly { readonly name: string; readonly ready: boolean }[];
}

describeWith(['java', 'maven', 'dataset', 'kafka-addon'], 'several models on real Kafka', () => {
  let kafka: KafkaServer;
  let versions: ModelVersions;
  const slow = new ModelServer();
  beforeAll(async () => {
    [kafka, versions] = await Promise.all([KafkaServer.create(), ModelVersions.create(), slow.start()]);
  }, 240_000);
  afterAll(async () => {
    await Promise.all([kafka.close(), versions.remove(), slow.stop()]);
  });

  /** Publishes images of the slow model, and one of a model that does not exist. */
  async function publish(topic: string): Promise<void> {
    const properties = { 'bootstrap.servers': kafka.bootstrapServers };
    const broker = createKafkaBroker({ properties, embedded: false }, silentContext('several'));
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(60_000));
    const message = (model: string) => ({
      key: null,
      value: Buffer.from([1, 0, 0, 0]),
      headers: [['model', model]] as const,
    });
    await sink.publish(topic, [
      ...Array.from({ length: SLOW_IMAGES }, () => message('slow')),
      message('hats'),
    ]);
    await broker.close();
  }

  const streams = async (name: string) => {
    const topics = (input: string) => ({ input, output: `${input}.out`, dlq: `${name}.dlq` });
    const [main, other] = [
      new SteadyStream(kafka, topics(name)),
      new SteadyStream(kafka, topics(`${name}-lenet`)),
    ];
    await Promise.all([main.start(), other.start()]);
    return { main, other };
  };

  /** The process with these models; further ones have topics of their own. */
  function start(name: string, serve: readonly object[], more: readonly string[] = []): () => Promise<Cli> {
    const home = mkdtempSync(join(tmpdir(), 'stream-infer-several-'));
    const config = join(home, 'models.yaml');
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ models: { serve } }));
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--create-topics'];
    const topics = ['--input-topic', name, '--output-topic', `${name}.out`, '--dlq-topic', `${name}.dlq`];
    const flags = [...broker, ...topics, '--group', name, '--config', config, '--port', '0', ...more];
    return async () => await new Cli(['run', ...flags], { XDG_DATA_HOME: home }).ready(120_000);
  }

  it('keep their rates and versions while one of them is slow', async () => {
    slow.delayMs = 1_000;
    const { main, other } = await streams('several');
    await publish('several');
    const running = await start('several', [
      { name: 'fashion-mnist', model: versions.dir(1), precision: 'fp32', control: 'explicit' },
      { name: 'slow', model: `${slow.url}/v2/models/slow`, output: 'several.slow' },
      { name: 'lenet', topic: 'several-lenet', output: 'several-lenet.out', dlq: 'several.dlq' },
    ])();
    await Promise.all([main.more(1, 300), other.more(2, 300)]);
    await versions.write(2, 'good');
    const loaded = await fetch(`${running.url}/v2/repository/models/fashion-mnist/load`, { method: 'POST' });
    expect([loaded.status, await loaded.json()]).toMatchObject([200, { version: 2, state: 'serving' }]);
    await Promise.all([main.more(2, 300), other.more(2, 300)]);

    const { models } = await running.json<Ready>('/readyz');
    expect(models).toMatchObject(['fashion-mnist', 'slow', 'lenet'].map((name) => ({ name, ready: true })));
    const { predictions, activity } = await running.json<Stats>('/api/v1/models/slow/stats');
    expect(predictions).toBeLessThan(SLOW_IMAGES);
    expect(activity.inFlight).toBeGreaterThan(0);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/consumer_lag\{.*topic="several".*model="slow"\} [1-9]/);
    expect(new Set(other.predictions.map(({ model }) => model.name))).toEqual(new Set(['lenet']));
    expect(main.letters.map(({ headers }) => headerText(headers, 'error-code'))).toEqual(['MODEL_UNKNOWN']);
    slow.delayMs = 0;
    expect((await running.stop()).code).toBe(0);
    await Promise.all([main.close(), other.close()]);
  });

  it('publish each prediction exactly once, also across a kill', async () => {
    const { main, other } = await streams('once');
    const serve = [
      { name: 'fashion-mnist', model: versions.dir(1), precision: 'fp32' },
      { name: 'lenet', topic: 'once-lenet', output: 'once-lenet.out', dlq: 'once.dlq' },
    ];
    const startOnce = start('once', serve, ['--delivery', 'exactly-once']);
    let running = await startOnce();
    await Promise.all([main.more(1, 200), other.more(2, 200)]);
    await running.stop('SIGKILL');
    running = await startOnce();
    for (const stream of [main, other]) {
      const published = await stream.finish();
      expect(stream.letters).toEqual([]);
      expect(stream.predictions).toHaveLength(published);
    }
    expect((await running.stop()).code).toBe(0);
    await Promise.all([main.close(), other.close()]);
  });
});
