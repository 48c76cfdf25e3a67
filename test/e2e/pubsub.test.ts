import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cli, cli } from '../helpers/cli';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { counted, python } from '../helpers/python';

jest.setTimeout(300_000);

const PROJECT = 'stream-infer-e2e';
const manifest = JSON.parse(
  readFileSync(join(__dirname, '../../models/fashion-mnist/1/manifest.json'), 'utf8'),
) as { accuracy: number };

describeWith(['go', 'python', 'dataset'], 'stream-infer --broker pubsub', () => {
  const fake = new PubsubFake();
  let env: NodeJS.ProcessEnv;
  const flags = ['--broker', 'pubsub', '--project', PROJECT, '--port', '0'];

  beforeAll(async () => {
    await fake.start();
    env = { PUBSUB_EMULATOR_HOST: fake.address };
  }, BUILD_TIME);
  beforeEach(() => fake.restart());
  afterAll(() => fake.kill());

  it('publishes 10,000 predictions with the accuracy of the card for images from another program', async () => {
    const running = await new Cli([...flags, '--precision', 'fp32'], env).ready();
    const report = await counted(
      'pubsub_client.py',
      ['exchange', PROJECT, 'images', 'prediction-receiver', '10000'],
      env,
    );
    expect(report.distinct).toBe(10_000);
    // At least once: the fake may hand a message out again.
    expect(report.messages).toBeLessThan(10_100);
    expect(report.correct / 10_000).toBeCloseTo(manifest.accuracy, 3);
    expect((await running.stop()).code).toBe(0);
  });

  it('loses nothing when it is killed at random times and restarted', async () => {
    let running = await new Cli(flags, env).ready();
    await python('pubsub_client.py', ['publish', PROJECT, 'images', '600'], env);
    for (let kill = 0; kill < 3; kill++) {
      await sleep(200 + Math.random() * 1_000);
      await running.stop('SIGKILL');
      running = new Cli(flags, env);
    }
    const report = await counted('pubsub_client.py', ['read', PROJECT, 'prediction-receiver', '600'], env);
    expect(report.distinct).toBe(600);
    await running.stop();
  });

  it('has commands to publish and follow', async () => {
    const broker = ['--broker', 'pubsub', '--project', PROJECT];
    expect((await cli(['publish', ...broker, '--end', '20', '--with-truth'], env)).stdout).toBe(
      'published 20 images to images\n',
    );
    const ran = await cli(['run', ...flags, '--limit', '20', '--print'], env);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout.trim().split('\n')).toHaveLength(20);
    const tail = await cli(['tail', ...broker, '--limit', '20', '--json'], env);
    expect(tail.stdout.trim().split('\n')).toHaveLength(20);
  });
});
