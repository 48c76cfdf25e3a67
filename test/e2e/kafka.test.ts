import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cli, cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { counted, python } from '../helpers/python';

jest.setTimeout(300_000);

const manifest = JSON.parse(
  readFileSync(join(__dirname, '../../models/fashion-mnist/1/manifest.json'), 'utf8'),
) as { accuracy: number };

interface Pushed {
  readonly count: number;
  readonly predictions: readonly { index: number; label: number; truth: number }[];
}

describeWith(['java', 'maven', 'python', 'dataset', 'kafka-addon'], 'stream-infer --broker kafka', () => {
  let kafka: KafkaServer;
  let started = 0;
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());

  /** Topics and a group of its own for each test. */
  function names(): { input: string; output: string; flags: string[] } {
    const [input, output] = [`images-${++started}`, `predictions-${started}`];
    const topics = ['--input-topic', input, '--output-topic', output];
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    return {
      input,
      output,
      flags: [...broker, ...topics, '--group', `group-${started}`, '--port', '0', '--create-topics'],
    };
  }

  it('publishes 10,000 predictions with the accuracy of the card for images from another program', async () => {
    const { input, output, flags } = names();
    const running = await new Cli([...flags, '--precision', 'fp32']).ready();
    await python('kafka_client.py', ['publish', kafka.bootstrapServers, input, '10000']);
    const report = await counted('kafka_client.py', ['read', kafka.bootstrapServers, output, '10000']);
    expect(report).toMatchObject({ messages: 10_000, distinct: 10_000 });
    expect(report.correct / 10_000).toBeCloseTo(manifest.accuracy, 3);
    expect((await running.stop()).code).toBe(0);
  });

  it('loses nothing when it is killed at random times and restarted', async () => {
    const { input, output, flags } = names();
    // Its instance id lives here: Kafka gives a killed member its partitions back at once only under the same name.
    const home = { XDG_DATA_HOME: mkdtempSync(join(tmpdir(), 'stream-infer-killed-')) };
    let running = await new Cli(flags, home).ready();
    await python('kafka_client.py', ['publish', kafka.bootstrapServers, input, '10000']);
    for (let kill = 0; kill < 4; kill++) {
      await sleep(200 + Math.random() * 600);
      await running.stop('SIGKILL');
      running = new Cli(flags, home);
    }
    const report = await counted('kafka_client.py', ['read', kafka.bootstrapServers, output, '10000']);
    expect(report.distinct).toBe(10_000);
    await running.stop();
  });

  it('reads another topic after a restart with it', async () => {
    const [before, after] = [names(), names()];
    const home = { XDG_DATA_HOME: mkdtempSync(join(tmpdir(), 'stream-infer-moved-')) };
    // The member for the first topic counts until its session is over.
    const group = ['--group', 'moved', '-X', 'session.timeout.ms=6000'];
    await (await new Cli([...before.flags, ...group], home).ready()).stop();
    const running = await new Cli([...after.flags, ...group], home).ready();
    await python('kafka_client.py', ['publish', kafka.bootstrapServers, after.input, '50']);
    const report = await counted('kafka_client.py', ['read', kafka.bootstrapServers, after.output, '50']);
    expect(report.distinct).toBe(50);
    await running.stop();
  });

  it('publishes a range on request and responds with the predicted labels', async () => {
    const { flags } = names();
    const running = await new Cli(flags).ready();
    const pushed = await running.json<Pushed>('/kafka/push-to-consumer?start_idx=5&end_idx=25&wait=true');
    expect(pushed.count).toBe(20);
    expect(pushed.predictions.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => 5 + i));
    expect(pushed.predictions.filter(({ label, truth }) => label === truth).length).toBeGreaterThan(14);
    await running.stop();
  });

  it('has commands to publish, follow and delete', async () => {
    const { input, output } = names();
    const flags = [
      '--broker',
      'kafka',
      '--bootstrap-servers',
      kafka.bootstrapServers,
      '--input-topic',
      input,
      '--output-topic',
      output,
    ];
    expect(await cli(['topics', 'create', ...flags])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(input) as string,
    });
    const published = await cli([
      'publish',
      ...flags,
      '--start',
      '10',
      '--end',
      '40',
      '--with-truth',
      '--format',
      'png',
    ]);
    expect(published).toMatchObject({ code: 0, stdout: `published 30 images to ${input}\n` });
    const ran = await cli(['run', ...flags, '--group', input, '--no-http', '--limit', '30', '--print']);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout.trim().split('\n')).toHaveLength(30);
    const tail = await cli(['tail', ...flags, '--from', 'earliest', '--limit', '30', '--json']);
    expect(tail.stdout.trim().split('\n')).toHaveLength(30);
    expect((await cli(['topics', 'delete', ...flags])).code).toBe(2);
    expect((await cli(['topics', 'delete', ...flags, '--yes'])).code).toBe(0);
  });

  it('stays up and reports the outage while the broker is down, and resumes afterwards', async () => {
    const { input, output, flags } = names();
    const running = await new Cli(flags).ready();
    await kafka.stop('SIGKILL');
    await until(
      async () => !(await fetch(`${running.url}/readyz`)).ok,
      60_000,
      () => running.stderr,
    );
    const health = await running.json<{ reasons: string[] }>('/readyz');
    expect(health.reasons.length).toBeGreaterThan(0);
    expect((await fetch(`${running.url}/livez`)).status).toBe(200);
    await kafka.start();
    await running.ready();
    await python('kafka_client.py', ['publish', kafka.bootstrapServers, input, '100']);
    expect((await counted('kafka_client.py', ['read', kafka.bootstrapServers, output, '100'])).distinct).toBe(
      100,
    );
    expect((await running.stop()).code).toBe(0);
  });

  it('serves the Kafka protocol with --embedded', async () => {
    const running = await new Cli([
      '--broker',
      'kafka',
      '--embedded',
      '--demo',
      '--port',
      '0',
      '--rate',
      '100',
    ]).ready();
    await until(
      async () => (await running.json<{ predictions: number }>('/api/v1/stats')).predictions > 50,
      30_000,
      () => running.stderr,
    );
    expect(running.stderr).toMatch(/127\.0\.0\.1:\d+/);
    expect((await running.stop()).code).toBe(0);
  });
});
