/** An imported colour model in production: shadow, canary, hot swap, drift, replay and FP32 tensors, on a real Kafka. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prediction } from '../../src/core/prediction';
import type { RolloutAnswer } from '../../src/http/schemas/rollout';
import type { DriftView } from '../../src/quality/drift-monitor';
import { Cli, cli, until } from '../helpers/cli';
import {
  COLORS,
  colorPixels,
  colorPng,
  writeColorModel,
  writeColorPictures,
} from '../helpers/color-classifier';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { SteadyStream, mixedBatches } from '../helpers/steady-stream';

jest.setTimeout(300_000);

const PICTURES = 126;
const CONFIG = `
models: { maxAccuracyDrop: 1, maxSlowdown: 100 }
alerts: [{ name: other light, kind: drift, samples: 100, alert: true }]
`;
const TOPICS = { input: 'photos', output: 'photos.out', dlq: 'photos.dlq' };

describeWith(['java', 'maven', 'kafka-addon'], 'an imported model on real Kafka', () => {
  const root = mkdtempSync(join(tmpdir(), 'stream-infer-imported-'));
  const home = { XDG_DATA_HOME: join(root, 'home') };
  const versionAt = (version: number) => join(root, 'models', 'colors', String(version));
  let kafka: KafkaServer;
  let stream: SteadyStream;
  let running: Cli;
  /** Every second image is a PNG, the others are raw. */
  let images: { png: Buffer; raw: Buffer }[];
  let light = 0;

  beforeAll(async () => {
    images = await Promise.all(
      Array.from({ length: PICTURES }, async (_, i) => ({
        png: await colorPng(i),
        raw: Buffer.from(colorPixels(i)),
      })),
    );
    await writeColorPictures(join(root, 'photos'), PICTURES);
    await importVersion(1, 0, '--probe', join(root, 'photos'));
    // Unsure pictures are blue.
    await importVersion(2, 3.5);
    await importVersion(3, 0.001);
    kafka = await KafkaServer.create();
    stream = await new SteadyStream(kafka, TOPICS, imageAt).start();
    writeFileSync(join(root, 'config.yaml'), CONFIG);
    const flags = ['--model', versionAt(1), '--model-control', 'explicit', '--workers', '1', '--port', '0'];
    running = new Cli(
      ['run', ...kafkaFlags(), '--create-topics', '-c', join(root, 'config.yaml'), ...flags],
      home,
    );
    await running.ready(120_000);
  }, 300_000);
  afterAll(async () => {
    await stream.close();
    await running.stop('SIGKILL');
    await kafka.close();
    await rm(root, { recursive: true });
  });

  async function importVersion(version: number, blue: number, ...more: string[]): Promise<void> {
    const source = join(root, `source-${version}`);
    await writeColorModel(source, { blue });
    const to = ['--name', 'colors', '--to', join(root, 'models')];
    expect(await cli(['models', 'import', source, ...to, ...more])).toMatchObject({ code: 0 });
  }

  function imageAt(n: number): { value: Buffer; label: number } {
    const { png, raw } = images[n % PICTURES]!;
    const value = n % 2 === 0 && light === 0 ? png : raw.map((level) => Math.min(255, level + light));
    return { value: Buffer.from(value), label: n % 3 };
  }

  function kafkaFlags(): string[] {
    const { input, output } = TOPICS;
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    return [...broker, '--input-topic', input, '--output-topic', output];
  }

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const sent = body && { body: JSON.stringify(body), headers };
    const response = await fetch(`${running.url}${path}`, { method, ...sent });
    expect({ path, ok: response.ok, text: response.ok ? '' : await response.text() }).toMatchObject({
      ok: true,
    });
    return response.status === 204 ? null : await response.json();
  }

  it('predicts its own classes from files and raw pixels', async () => {
    await stream.more(1, 2 * PICTURES);
    for (const prediction of stream.predictions) {
      const { schemaVersion, className, label, correct, model } = prediction;
      expect([schemaVersion, className, correct, model.name]).toEqual([2, COLORS[label], true, 'colors']);
    }
  });

  it('takes the numbers that it is fed', async () => {
    const pixels = [...colorPixels(4)];
    const infer = async (datatype: string, data: readonly number[]): Promise<number[]> => {
      const inputs = [{ name: 'image', datatype, shape: [1, 12, 16, 3], data }];
      const answer = await call('POST', '/v2/models/colors/infer', { inputs });
      return (answer as { outputs: { data: number[] }[] }).outputs[0]!.data;
    };
    const [asPixels, asNumbers] = [
      await infer('UINT8', pixels),
      await infer(
        'FP32',
        pixels.map((pixel) => pixel / 255),
      ),
    ];
    asNumbers.forEach((score, i) => expect(score).toBeCloseTo(asPixels[i]!, 4));
    const between = await infer(
      'FP32',
      pixels.map((pixel, i) => pixel / 255 + (i % 3 === 2 ? 0.0015 : 0)),
    );
    expect(between[2]! - asNumbers[2]!).toBeGreaterThan(1e-5);
  });

  it('runs a shadow, whose disagreements are published', async () => {
    await call('POST', '/api/v1/models/rollout', { mode: 'shadow', version: 2 });
    const side = await stream.readSideTopic('disagreements');
    await until(
      () => side.length > 20,
      60_000,
      () => `${side.length} disagreements; ${stream.summary}`,
    );
    expect(side[0]).toMatchObject({
      serving: { model: { name: 'colors', version: 1 } },
      shadow: { model: { version: 2 }, className: 'blue' },
    });
    const { rollout } = await running.json<RolloutAnswer>('/api/v1/models/rollout');
    expect(rollout?.disagreed).toBeGreaterThan(20);
    await call('DELETE', '/api/v1/models/rollout');
    expect(stream.countOf(2)).toBe(0);
  });

  it('measures drift from the baseline of its probes, and raises an alert', async () => {
    const { latest, baseline } = await running.json<DriftView>('/api/v1/drift');
    expect(baseline).toMatchObject({ images: PICTURES, accuracy: 1 });
    expect(latest!.index).toBeLessThanOrEqual(latest!.limit);
    light = 60;
    await until(
      async () => ((await call('GET', '/api/v1/alerts')) as { alerts: unknown[] }).alerts.length > 0,
      60_000,
      () => running.stderr,
    );
    const drifted = (await running.json<DriftView>('/api/v1/drift')).latest!;
    expect(drifted.measures.find(({ measure }) => measure === 'brightness')!.index).toBeGreaterThan(0.25);
    light = 0;
  });

  it('gets a canary, and is swapped without a loss', async () => {
    await call('POST', '/api/v1/models/rollout', { mode: 'canary', percent: 30, version: 3 });
    await stream.more(3, 50);
    await call('DELETE', '/api/v1/models/rollout');
    await call('POST', '/v2/repository/models/colors/versions/2/load');
    await stream.more(2, 100);
    const published = await stream.finish();
    expect(stream.letters).toEqual([]);
    expect(new Set(stream.predictions.map(({ id }: Prediction) => id)).size).toBe(published);
    expect(mixedBatches(stream.predictions)).toEqual([]);
    expect((await running.stop()).code).toBe(0);
  });

  it('is compared with another version in a replay', async () => {
    const replay = [
      'replay',
      ...kafkaFlags(),
      '--model',
      versionAt(3),
      '--from',
      '0',
      '--to',
      '100',
      '--json',
    ];
    const { code, stdout, stderr } = await cli(replay, home);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const partitions = 2;
    expect(JSON.parse(stdout)).toMatchObject({
      predictions: 100 * partitions,
      deadLetters: 0,
      comparison: { compared: 100 * partitions, agreeing: 100 * partitions },
    });
  });
});
