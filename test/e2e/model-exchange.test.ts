import type { RolloutAnswer } from '../../src/http/wire';
import { Cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { ModelVersions } from '../helpers/model-versions';
import { describeWith } from '../helpers/parts';
import { mixedBatches, SteadyStream } from '../helpers/steady-stream';

jest.setTimeout(400_000);

interface Listed {
  readonly versions: readonly { version: number; state: string; reason: string | null }[];
}

describeWith(['java', 'maven', 'dataset', 'kafka-addon'], 'exchanging the model on real Kafka', () => {
  let kafka: KafkaServer;
  let started = 0;
  let versions: ModelVersions;
  const open: { close(): Promise<unknown> }[] = [];
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());
  beforeEach(async () => (versions = await ModelVersions.create()));
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await versions.remove();
  });

  async function start(control: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const input = `exchange-${++started}`;
    const topics = { input, output: `${input}.out`, dlq: `${input}.dlq` };
    const stream = await new SteadyStream(kafka, topics).start();
    open.push(stream);
    const running = new Cli(
      [
        ...['run', '--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--port', '0'],
        ...['--input-topic', topics.input, '--output-topic', topics.output, '--group', input],
        ...['--model', versions.folder, '--model-control', control, '--workers', '2', ...more],
      ],
      env,
    );
    open.push({ close: () => running.stop() });
    await until(
      () => running.url !== '',
      60_000,
      () => running.stderr,
    );
    await running.ready();
    return { stream, running };
  }

  async function call(running: Cli, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${running.url}/v2/repository/models/fashion-mnist/${path}`, {
      method: 'POST',
    });
    return { status: response.status, text: await response.text() };
  }

  async function statesOf(running: Cli): Promise<string[]> {
    const { versions: listed } = await running.json<Listed>('/api/v1/models');
    return listed.map(({ version, state }) => `${version} ${state}`);
  }

  /** Each input has exactly one prediction, and no batch has two models. */
  async function expectExactlyOne(stream: SteadyStream): Promise<void> {
    const published = await stream.finish();
    expect(stream.letters).toEqual([]);
    expect(new Set(stream.predictions.map(({ id }) => id)).size).toBe(published);
    expect(stream.predictions).toHaveLength(published);
    expect(mixedBatches(stream.predictions)).toEqual([]);
  }

  it('loads versions and goes back under load: one prediction for each message, no batch of two versions', async () => {
    const { stream, running } = await start('explicit');
    await stream.more(1, 300);
    await versions.write(2, 'good');
    expect(await call(running, 'load')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    await versions.write(3, 'good');
    expect(await call(running, 'versions/3/load')).toMatchObject({ status: 200 });
    await stream.more(3, 300);
    expect(await call(running, 'unload')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    expect(await statesOf(running)).toEqual(['1 available', '2 serving', '3 withdrawn']);
    await expectExactlyOne(stream);
    expect((await running.stop()).code).toBe(0);
  });

  it('refuses corrupted, half-written, unfit, inexact and slow versions with the reason, and serves on', async () => {
    const { stream, running } = await start('explicit');
    await versions.writeCorrupted(2);
    await versions.writeHalf(3);
    await versions.writeOtherShape(4);
    await versions.write(5, 'other labels');
    await versions.write(6, 'fewer labels');
    await versions.write(7, 'wrong answers');
    await versions.write(8, 'slow');
    const reasons = {
      2: 'SHA-256',
      3: 'has 400000 bytes',
      4: '14 × 56 pixels',
      5: 'its class 0 is Trouser',
      6: 'it tells 5 classes apart',
      7: 'of the held-out images right',
      8: 'ms for 64 images',
    };
    for (const [version, reason] of Object.entries(reasons)) {
      const { status, text } = await call(running, `versions/${version}/load`);
      expect([version, status, text]).toEqual([version, 409, expect.stringContaining(reason)]);
      await stream.more(1, 100);
    }
    const refused = Object.keys(reasons).map((version) => `${version} refused`);
    expect(await statesOf(running)).toEqual(['1 serving', ...refused]);
    await expectExactlyOne(stream);
    expect(stream.countOf(1)).toBe(stream.predictions.length);
    expect(await (await fetch(`${running.url}/metrics`)).text()).toContain(
      'stream_infer_model_changes_total{change="refused"} 7',
    );
  });

  async function startRollout(running: Cli, body: object): Promise<void> {
    const response = await fetch(`${running.url}/api/v1/models/rollout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  }

  it('gives a canary its share of the keys, and lets it serve when it is loaded', async () => {
    const { stream, running } = await start('explicit');
    await stream.more(1, 100);
    await versions.write(2, 'good');
    await startRollout(running, { mode: 'canary', percent: 25 });
    const before = [stream.countOf(1), stream.countOf(2)] as const;
    await stream.more(2, 250);
    const [serving, canary] = [stream.countOf(1) - before[0], stream.countOf(2) - before[1]];
    expect(canary / (serving + canary)).toBeGreaterThan(0.15);
    expect(canary / (serving + canary)).toBeLessThan(0.35);
    const { rollout } = await running.json<RolloutAnswer>('/api/v1/models/rollout');
    expect(rollout?.beside.images).toBeGreaterThan(200);
    expect(await call(running, 'versions/2/load')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    expect(await statesOf(running)).toEqual(['1 standby', '2 serving']);
    await expectExactlyOne(stream);
    const sides = new Map<string, Set<number>>();
    for (const { model, source } of stream.predictions)
      sides.set(source.key ?? '', (sides.get(source.key ?? '') ?? new Set()).add(model.version));
    expect(sides.size).toBe(stream.predictions.length);
  });

  it('runs a version in the shadow of all messages, and publishes where it disagrees', async () => {
    // Nothing is refused here: a shadow that is wrong has something to tell.
    const lenient = { STREAM_INFER_MODELS_MAX_ACCURACY_DROP: '1', STREAM_INFER_MODELS_MAX_SLOWDOWN: '100' };
    const { stream, running } = await start('explicit', ['--create-topics'], lenient);
    await stream.more(1, 100);
    await versions.write(2, 'wrong answers');
    await startRollout(running, { mode: 'shadow' });
    const side = await stream.readSideTopic('disagreements');
    await stream.more(1, 600);
    await until(
      () => side.length > 300,
      60_000,
      () => `${side.length} disagreements`,
    );
    const { rollout } = await running.json<RolloutAnswer>('/api/v1/models/rollout');
    expect(rollout?.disagreed).toBeGreaterThan(300);
    expect(rollout?.beside.images).toBe(rollout?.serving.images);
    expect(side[0]).toMatchObject({
      schemaVersion: 1,
      serving: { model: { version: 1 } },
      shadow: { model: { version: 2 } },
    });
    await expectExactlyOne(stream);
    expect(stream.countOf(2)).toBe(0);
    expect(await (await fetch(`${running.url}/metrics`)).text()).toMatch(
      /stream_infer_shadow_images_total\{result="disagreed"\} [1-9]/,
    );
  });

  it('takes what appears in the folder with --model-control poll, but never half of it', async () => {
    const poll = { STREAM_INFER_MODELS_POLL_INTERVAL: '200ms' };
    const { stream, running } = await start('poll', [], poll);
    await stream.more(1, 100);
    await versions.writeHalf(2);
    await until(
      async () => (await statesOf(running)).includes('2 refused'),
      60_000,
      () => running.stderr,
    );
    await stream.more(1, 100);
    await versions.writeOtherHalf(2);
    await stream.more(2, 300);
    await expectExactlyOne(stream);
  });

  it('goes back by itself when more predictions are wrong than before', async () => {
    const { stream, running } = await start('explicit');
    await stream.more(1, 600);
    await versions.write(2, 'good');
    expect(await call(running, 'load')).toMatchObject({ status: 200 });
    stream.truthOf = (label) => (label + 1) % 10;
    await until(
      async () => (await statesOf(running)).join() === '1 serving,2 withdrawn',
      120_000,
      () => running.stderr,
    );
    await stream.more(1, 100);
    await expectExactlyOne(stream);
    const { versions: listed } = await running.json<Listed>('/api/v1/models');
    expect(listed[1]?.reason).toContain('of its predictions with a known truth were wrong');
  });
});
