/** A model that finds objects: from images on Kafka to boxes on the page, and an alert about their number. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser } from 'playwright-core';
import type { Prediction } from '../../src/core/prediction';
import { launchChromium } from '../helpers/chromium';
import { Cli, cli, until } from '../helpers/cli';
import { drawnPng, writeDetector, type Rectangle } from '../helpers/detector';
import { KafkaServer } from '../helpers/kafka';
import { buildPage } from '../helpers/page';
import { describeWith } from '../helpers/parts';

const SIZE = [640, 480] as const;
const CROWD: readonly Rectangle[] = [
  ...[0, 1, 2, 3, 4, 5].map((i): Rectangle => ({ colour: 'red', box: [40 + 100 * i, 60, 60, 140] })),
  { colour: 'green', box: [200, 280, 240, 120] },
];
const RULE = { name: 'crowd', kind: 'objects', label: 'red', moreThan: 5, alert: true };

jest.setTimeout(180_000);

/** Share of the union of two boxes that both cover. */
function overlap(one: readonly number[], other: readonly number[]): number {
  const [a = 0, b = 0, c = 0, d = 0] = one;
  const [e = 0, f = 0, g = 0, h = 0] = other;
  const width = Math.min(a + c, e + g) - Math.max(a, e);
  const height = Math.min(b + d, f + h) - Math.max(b, f);
  const both = Math.max(0, width) * Math.max(0, height);
  return both / (c * d + g * h - both);
}

describeWith(['chromium', 'java', 'maven', 'kafka-addon'], 'a model that finds objects', () => {
  let folder: string;
  let kafka: KafkaServer;
  let browser: Browser;
  let running: Cli;
  const connection = () => ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];

  beforeAll(async () => {
    buildPage();
    [folder, kafka, browser] = await Promise.all([
      mkdtemp(path.join(tmpdir(), 'stream-infer-detector-')),
      KafkaServer.create(),
      launchChromium(),
    ]);
    await writeDetector(path.join(folder, 'model'), 'yolo');
    await writeFile(path.join(folder, 'crowd.png'), await drawnPng(...SIZE, CROWD));
    await writeFile(path.join(folder, 'one.png'), await drawnPng(...SIZE, CROWD.slice(-1)));
    await writeFile(path.join(folder, 'none.png'), await drawnPng(...SIZE, []));
    const model = ['--model', path.join(folder, 'model')];
    running = new Cli([...connection(), ...model, '--create-topics', '--no-demo', '--port', '0'], {
      STREAM_INFER_ALERTS: JSON.stringify([RULE]),
    });
    await running.ready();
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await running.stop('SIGKILL');
    await kafka.close();
    await rm(folder, { recursive: true });
  }, 30_000);

  it('publishes boxes, raises an alert about their number, and draws them', async () => {
    const files = ['crowd', 'one', 'none'].map((name) => path.join(folder, `${name}.png`));
    const published = await cli(['publish', ...connection(), '--images', ...files]);
    expect(published).toMatchObject({ code: 0 });
    let predictions: readonly Prediction[] = [];
    await until(
      async () => {
        ({ predictions } = await running.json<{ predictions: readonly Prediction[] }>('/api/v1/predictions'));
        return predictions.length === files.length;
      },
      60_000,
      () => `${predictions.length} predictions\n${running.stderr}`,
    );
    const byCount = (count: number) => predictions.find(({ objects }) => objects?.length === count)!;
    expect(byCount(0)).toMatchObject({ className: 'nothing', confidence: 1 });
    expect(byCount(1)).toMatchObject({ className: 'green', frame: { width: 640, view: [0, -80, 640, 640] } });
    const crowd = byCount(CROWD.length);
    for (const { colour, box } of CROWD) {
      const found = crowd.objects?.find((one) => overlap(one.box, box) > 0.7);
      expect(found?.className).toBe(colour);
    }

    const { alerts } = await running.json<{ alerts: readonly object[] }>('/api/v1/alerts');
    expect(alerts).toMatchObject([{ rule: 'crowd', kind: 'objects', prediction: { id: crowd.id } }]);
    const tailed = await cli(['tail', ...connection(), '--from', 'earliest', '--limit', '3']);
    expect(tailed.stdout).toContain('6 red, 1 green');
    expect(tailed.stdout).toContain('no objects');

    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${running.url}/#/predictions`);
    await page.locator('.tile .boxes rect').nth(CROWD.length).waitFor();
    await page.getByRole('button', { name: /objects: 6 red, 1 green/ }).click();
    const drawer = page.locator('dialog.drawer');
    await drawer.getByRole('img', { name: 'Image with 6 red, 1 green' }).waitFor();
    expect(await drawer.locator('.boxes rect').count()).toBe(CROWD.length);
    expect(await drawer.locator('.objects tbody tr').count()).toBe(CROWD.length);
    const shots = process.env['DETECTOR_SHOTS'];
    if (shots !== undefined) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.waitForTimeout(600);
        await page.screenshot({ path: path.join(shots, `prediction-${colorScheme}.png`) });
      }
    }
    await page.goto(`${running.url}/#/try-it`);
    await page.locator('input[type=file]').setInputFiles(files[0]!);
    await page
      .locator('.answer .boxes rect')
      .nth(CROWD.length - 1)
      .waitFor();
    if (shots !== undefined) await page.screenshot({ path: path.join(shots, 'try-it-dark.png') });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
