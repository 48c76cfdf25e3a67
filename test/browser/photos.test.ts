/** Photos of 1 to 12 megapixels through a colour model of 224 × 224 pixels, on both brokers, with the page of the real program. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type Page } from 'playwright-core';
import { launchChromium } from '../helpers/chromium';
import { Cli, cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { buildPage } from '../helpers/page';
import { describeWith } from '../helpers/parts';
import { PubsubFake } from '../helpers/pubsub';

const MAKE = join(__dirname, '../../scripts/bench/make-mobilenet.mjs');
const PHOTOS = 18;
const PATIENCE = 60_000;
/** Largest resident memory of the process, MiB: each of two workers may hold several decoded photos. */
const MOST_MEMORY = 700;
const RULES = [
  { name: 'night', kind: 'label', labels: ['night waves', 'night stones', 'night tiles'], alert: true },
];

jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-photos-'));
const models = join(folder, 'models');
const photos = join(folder, '1', 'photos');
const largest = join(photos, 'sea waves', '0-4032x3024.jpg');

describeWith(['chromium', 'java', 'maven', 'kafka-addon', 'go'], 'photos', () => {
  let browser: Browser;
  let kafka: KafkaServer;
  const fake = new PubsubFake();
  let running: Cli | undefined;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    buildPage();
    [kafka, browser] = await Promise.all([
      KafkaServer.create(),
      launchChromium(),
      fake.start(),
      make('1', '--photos', String(PHOTOS)),
      make('2', '--seed', '2'),
    ]);
    for (const version of ['1', '2']) await importModel(version);
  }, 240_000);
  beforeEach(async () => {
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page.context().close();
    await running?.stop('SIGKILL');
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await kafka.close();
    await fake.kill();
    rmSync(folder, { recursive: true });
  }, 30_000);

  it('are classified from Kafka, shown, kept, and raise alerts; another version takes over', async () => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    running = await start(flags);
    const { code, stdout } = await cli(['publish', ...flags, '--images', photos]);
    expect([code, stdout]).toEqual([0, `published ${PHOTOS} images to images\n`]);
    await classified(PHOTOS);
    expect(memoryOf(running)).toBeLessThan(MOST_MEMORY);

    await show('predictions?truth=0');
    await page.locator('.tiles img.is-photo').first().click();
    const drawer = page.getByRole('dialog', { name: 'Prediction' });
    await drawer.getByText('JPEG, 4032 × 3024').or(drawer.getByText('JPEG, 2592 × 1944')).waitFor();
    await page.waitForFunction(`[...document.images].some((image) => image.naturalWidth === 128)`);
    await expectOriginals();

    await show('events');
    await page.locator('tbody tr').first().getByText('night', { exact: true }).click();
    await page
      .getByRole('dialog')
      .getByText('the rule matches night waves, night stones, night tiles.')
      .waitFor();
    await show('quality');
    await page.locator('.matrix').getByText('meadow stones').first().waitFor();
    await show('publish');
    await page.getByText('The active model takes colour 224×224 images').waitFor();

    await show('models');
    await page.getByRole('button', { name: 'Load version 2' }).click();
    await page.getByRole('button', { name: 'Roll back from version 2' }).waitFor({ timeout: PATIENCE });
    await show('try-it');
    await page.setInputFiles('input[type=file]', largest);
    await page.getByText('JPEG, 4032 × 3024, seen as 224×224').waitFor({ timeout: PATIENCE });
    await page.getByText('scenes v2 on onnx').waitFor();
  });

  it('are classified from Pub/Sub, and appear live', async () => {
    const flags = ['--broker', 'pubsub', '--project', 'photos'];
    const env = { PUBSUB_EMULATOR_HOST: fake.address };
    running = await start(flags, env);
    await show('live');
    const published = cli(['publish', ...flags, '--images', photos], env);
    await page.locator('button.tile canvas.is-photo').first().click({ timeout: PATIENCE });
    await page
      .getByRole('dialog', { name: 'Prediction' })
      .getByText(/^JPEG, \d{4} × \d{3,4}$/)
      .waitFor();
    expect(await published).toMatchObject({ code: 0 });
    await classified(PHOTOS);
    expect(memoryOf(running)).toBeLessThan(MOST_MEMORY);
    await expectOriginals();
  });

  async function start(flags: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Cli> {
    const model = ['--model', join(models, 'scenes', '1'), '--model-control', 'explicit', '--workers', '2'];
    const args = ['run', ...flags, ...model, '--create-topics', '--port', '0'];
    return await new Cli(args, { STREAM_INFER_ALERTS: JSON.stringify(RULES), ...env }).ready();
  }

  async function show(hash: string): Promise<void> {
    await page.goto(`${running!.url}/#/${hash}`);
  }

  async function classified(count: number): Promise<void> {
    await until(
      async () => (await running!.json<{ predictions: number }>('/api/v1/stats')).predictions >= count,
      PATIENCE,
      () => running!.stderr,
    );
  }

  /** The size in the name of each published file is that of one stored prediction. */
  async function expectOriginals(): Promise<void> {
    const names = readdirSync(photos).flatMap((kind) => readdirSync(join(photos, kind)));
    const published = names.map((name) => /(\d+x\d+)\.jpg/.exec(name)?.[1]);
    const { predictions } = await running!.json<{ predictions: readonly Answered[] }>('/api/v1/predictions');
    const kept = predictions.map(({ original }) => `${original?.width}x${original?.height}`);
    expect(kept.sort()).toEqual(published.sort());
  }
});

interface Answered {
  readonly original?: { readonly width: number; readonly height: number };
}

async function make(version: string, ...flags: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [MAKE, join(folder, version), ...flags]);
}

async function importModel(version: string): Promise<void> {
  const probes = join(photos, 'sea stones');
  const args = ['models', 'import', join(folder, version, 'model'), '--name', 'scenes', '--to', models];
  expect(await cli([...args, '--probe', probes])).toMatchObject({ code: 0 });
}

/** The most that the process had so far, MiB. */
function memoryOf({ child }: Cli): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
  return Number(kilobytes) / 1024;
}
