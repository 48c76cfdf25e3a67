import { isInShare } from '../../src/core/rollout';
import type { RolloutAnswer } from '../../src/http/schemas/rollout';
import { until } from '../helpers/cli';
import { ExchangeStage } from '../helpers/exchange-stage';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { mixedBatches } from '../helpers/steady-stream';

jest.setTimeout(600_000);

describeWith(['java', 'maven', 'dataset', 'kafka-addon'], 'exchanging the model on real Kafka', () => {
  let kafka: KafkaServer;
  let stage: ExchangeStage;
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());
  beforeEach(async () => (stage = await ExchangeStage.create(kafka)));
  afterEach(() => stage.close());

  /** Each input has exactly one prediction, and no batch has two model versions. */
  async function expectExactlyOne(): Promise<void> {
    const { stream } = stage;
    const published = await stream.finish();
    expect(stream.letters).toEqual([]);
    expect(new Set(stream.predictions.map(({ id }) => id)).size).toBe(published);
    expect(stream.predictions).toHaveLength(published);
    expect(mixedBatches(stream.predictions)).toEqual([]);
  }

  it('loads versions and rolls back under load without lost predictions or mixed batches', async () => {
    await stage.start('explicit');
    const { stream, versions, running } = stage;
    await stream.more(1, 300);
    await versions.write(2, 'good');
    expect(await stage.call('load')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    await versions.write(3, 'good');
    expect(await stage.call('versions/3/load')).toMatchObject({ status: 200 });
    await stream.more(3, 300);
    expect(await stage.call('unload')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    expect(await stage.states()).toEqual(['1 available', '2 serving', '3 withdrawn']);
    await expectExactlyOne();
    expect((await running.stop()).code).toBe(0);
  });

  it('does the same in transactions', async () => {
    await stage.start('explicit', ['--delivery', 'exactly-once']);
    const { stream, versions, running } = stage;
    await stream.more(1, 300);
    await versions.write(2, 'good');
    expect(await stage.call('load')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    expect(await stage.call('unload')).toMatchObject({ status: 200 });
    await stream.more(1, 300);
    await expectExactlyOne();
    expect((await running.stop()).code).toBe(0);
  });

  it('rejects corrupt, incomplete, unsuitable, inaccurate and slow versions, and continues to serve', async () => {
    await stage.start('explicit');
    const { stream, versions } = stage;
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
      6: 'it has 5 classes',
      7: 'its accuracy on the held-out images',
      8: 'ms for 64 images',
    };
    for (const [version, reason] of Object.entries(reasons)) {
      const { status, text } = await stage.call(`versions/${version}/load`);
      expect([version, status, text]).toEqual([version, 409, expect.stringContaining(reason)]);
      await stream.more(1, 100);
    }
    const refused = Object.keys(reasons).map((version) => `${version} refused`);
    expect(await stage.states()).toEqual(['1 serving', ...refused]);
    await expectExactlyOne();
    expect(stream.countOf(1)).toBe(stream.predictions.length);
    expect(await stage.metrics()).toContain('stream_infer_model_changes_total{change="refused"} 7');
  });

  it('routes a share of the keys to a canary, and promotes it when it is loaded', async () => {
    await stage.start('explicit');
    const { stream, versions, running } = stage;
    await stream.more(1, 100);
    await versions.write(2, 'good');
    expect(await stage.rollOut({ mode: 'canary', percent: 25 })).toMatchObject({ status: 200 });
    const before = [stream.countOf(1), stream.countOf(2)] as const;
    await stream.more(2, 250);
    const [serving, canary] = [stream.countOf(1) - before[0], stream.countOf(2) - before[1]];
    expect(canary / (serving + canary)).toBeGreaterThan(0.15);
    expect(canary / (serving + canary)).toBeLessThan(0.35);
    const { rollout } = await running.json<RolloutAnswer>('/api/v1/models/rollout');
    expect(rollout?.beside.images).toBeGreaterThan(200);
    const strays = stream.predictions.filter(
      ({ model, source: { key } }) =>
        model.version === 2 && !isInShare({ key: Buffer.from(key ?? ''), sourceId: '' }, 0.25),
    );
    expect(strays).toEqual([]);
    expect(await stage.call('versions/2/load')).toMatchObject({ status: 200 });
    await stream.more(2, 300);
    expect(await stage.states()).toEqual(['1 standby', '2 serving']);
    await expectExactlyOne();
  });

  it('runs a shadow on all messages and publishes its disagreements', async () => {
    // The gates are off, because a wrong shadow shows disagreements.
    const lenient = { STREAM_INFER_MODELS_MAX_ACCURACY_DROP: '1', STREAM_INFER_MODELS_MAX_SLOWDOWN: '100' };
    await stage.start('explicit', ['--create-topics'], lenient);
    const { stream, versions, running } = stage;
    await stream.more(1, 100);
    await versions.write(2, 'wrong answers');
    expect(await stage.rollOut({ mode: 'shadow' })).toMatchObject({ status: 200 });
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
    await expectExactlyOne();
    expect(stream.countOf(2)).toBe(0);
    expect(await stage.metrics()).toMatch(/stream_infer_shadow_images_total\{result="disagreed"\} [1-9]/);
  });

  it('loads new versions in the folder with --model-control poll, but never incomplete ones', async () => {
    await stage.start('poll', [], { STREAM_INFER_MODELS_POLL_INTERVAL: '200ms' });
    const { stream, versions } = stage;
    await stream.more(1, 100);
    await versions.writeHalf(2);
    await stage.untilState('2 refused');
    await stream.more(1, 100);
    await versions.writeOtherHalf(2);
    await stage.untilState('2 serving');
    await stream.more(2, 300);
    expect(await stage.states()).toEqual(['1 standby', '2 serving']);
    await expectExactlyOne();
  });

  it('rolls back automatically when the error rate increases', async () => {
    await stage.start('explicit');
    const { stream, versions } = stage;
    await stream.more(1, 600);
    await versions.write(2, 'good');
    expect(await stage.call('load')).toMatchObject({ status: 200 });
    stream.truthOf = (label) => (label + 1) % 10;
    await stage.untilState('2 withdrawn');
    expect(await stage.states()).toEqual(['1 serving', '2 withdrawn']);
    await stream.more(1, 100);
    await expectExactlyOne();
    const { versions: listed } = await stage.list();
    expect(listed[1]?.reason).toContain('of its predictions with a known truth were wrong');
  });
});
