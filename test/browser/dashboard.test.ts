import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { startHttpServer } from '../../src/http/server';
import { until } from '../helpers/cli';
import { LOOKS, usePageStage } from '../helpers/page-stage';
import { makeDelivery } from '../helpers/deliveries';
import { describeWith } from '../helpers/parts';
import { createOutcome, MODEL, readTestImages, SILENT_LOG } from '../helpers/services';

jest.setTimeout(120_000);

describeWith(['chromium'], 'the page', () => {
  const stage = usePageStage();

  /** Resolves when the grid is full. */
  async function settled(): Promise<void> {
    await stage.page.locator('button.tile').first().waitFor();
    await stage.page.locator('.tile.is-vacant').first().waitFor({ state: 'detached' });
  }

  describe.each(LOOKS)('%s', (name, viewport, colorScheme) => {
    it('shows the Live tab without accessibility findings', async () => {
      stage.services.lagMessages = [120, 80, 0, 311];
      const activity = stage.services.activity();
      const fit = { perImageMs: 0.05, fixedMs: 0.4 };
      stage.services.activity = () => ({ ...activity, batchTarget: { size: 64, reason: 'limit', fit } });
      await stage.open('/', { viewport, colorScheme });
      stage.stream(600);
      await settled();
      await stage.page.waitForTimeout(4000); // For a chart with some history in the screenshot; the test does not need it.
      await stage.page.getByText('maximum; larger batches would be faster').waitFor();
      await stage.shot(`live-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    });

    it('shows the details of an image', async () => {
      await stage.open('/', { viewport, colorScheme });
      await stage.page.getByText('Waiting for images').waitFor();
      stage.services.emit([
        createOutcome({ index: 7, label: 9, truth: 7, confidence: 0.62, pixels: readTestImages().pixels(0) }),
      ]);
      await stage.page.locator('button.tile').first().click();
      await stage.page.getByRole('dialog', { name: 'Prediction' }).waitFor();
      await stage.shot(`detail-${name}`, 'view');
      await stage.expectNoSeriousFindings();
    });

    it('shows the publish tab', async () => {
      await stage.open('/#/publish', { viewport, colorScheme });
      await stage.page.getByRole('button', { name: /^Publish 100 images/ }).click();
      await stage.page.getByText('test 0–99').waitFor();
      stage.services.setProgress('job-1', { published: 62 });
      await stage.page.getByText('62').waitFor();
      await stage.shot(`publish-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    });

    it('shows the try-it tab', async () => {
      await stage.open('/#/try-it', { viewport, colorScheme });
      await drawOnSketch(stage.page);
      await stage.page.getByText('87.0% confidence').waitFor();
      await stage.shot(`try-it-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    });
  });

  it('names both classes of a mistake, and leaves its drawer by Back or Close, once each', async () => {
    await stage.open('/#/system');
    await stage.page.getByRole('tab', { name: 'Live' }).click();
    await stage.page.getByText('Waiting for images').waitFor();
    stage.services.emit([createOutcome({ index: 7, label: 7, truth: 5, confidence: 0.62 })]);
    const tile = stage.page.locator('button.tile').first();
    await tile.getByTitle('Sandal → Sneaker').waitFor();
    const dialog = stage.page.getByRole('dialog', { name: 'Prediction' });
    await tile.click();
    await dialog.waitFor();
    await stage.page.goBack();
    await dialog.waitFor({ state: 'hidden' });
    await tile.click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await stage.page.goBack();
    await stage.page.getByRole('tab', { name: 'System', selected: true }).waitFor();
  });

  it('shows rates and latencies from before it was opened, and has one tab stop for all tiles', async () => {
    const now = Date.now();
    stage.services.loadHistory = (window) =>
      Array.from({ length: 100 }, (_, at) => ({
        at: now - (100 - at) * (window === '5m' ? 1_000 : 60_000),
        in: 500,
        out: 480 + at,
        p50: 4,
        p99: window === '5m' ? 31 : 77,
      }));
    await stage.open();
    await stage.page
      .getByText(/^Over the last 5 min: 0.* to 579 images per second out, p99 up to 31/)
      .waitFor();
    await stage.page.getByLabel('1 h').check();
    await stage.page.waitForURL(/window=1h/);
    await stage.page.getByText(/^Over the last 1 h: 480 to 579 /).waitFor();
    await stage.page.getByLabel('24 h').check();
    await stage.page
      .getByText('Over the last 24 h: 480 to 579 images per second out, p99 up to 77.0 ms.')
      .waitFor();
    await stage.page.waitForURL(/window=24h/);
    await stage.shot('live-24h');
    await stage.page.goBack();
    await stage.page.getByText(/^Over the last 1 h/).waitFor();
    stage.emit(12);
    await stage.page.locator('button.tile').nth(5).waitFor();
    const stops = stage.page.locator('button.tile[tabindex="0"]');
    expect(await stops.count()).toBe(1);
    await stops.focus();
    await stage.page.keyboard.press('ArrowRight');
    await stage.page.locator('button.tile:nth-child(2):focus').waitFor();
    await stage.page.keyboard.press('Home');
    await stage.page.locator('button.tile:nth-child(1):focus[tabindex="0"]').waitFor();
    expect(await stops.count()).toBe(1);
    await stage.expectNoSeriousFindings();
  });

  it('fits its width with long names, on every tab', async () => {
    const long = 'x'.repeat(200);
    Object.assign(stage.services.topics, { input: `in-${long}`, output: `out-${long}`, dlq: `dlq-${long}` });
    const model = { ...MODEL, name: long };
    stage.services.model = () => model;
    const outcome = createOutcome({ index: 1, label: 3, truth: 4, key: long, id: `in-${long}/1/0`, model });
    stage.services.emit([outcome]);
    stage.services.emit([
      {
        kind: 'dead letter',
        delivery: makeDelivery(2, {
          key: Buffer.from(long),
          value: Buffer.from(long),
          headers: [[long, long]],
        }),
        rejection: { code: 'CORRUPT', message: long, stage: 'decode', attempts: 1 },
      },
    ]);
    await stage.open('/', { colorScheme: 'dark' });
    for (const width of [1440, 768, 390]) {
      await stage.page.setViewportSize({ width, height: 900 });
      for (const view of VIEWS) {
        await stage.page.goto(`${stage.server.url}/#/${view}`);
        await stage.page.locator(`#panel-${view} .card`).first().waitFor();
        await stage.expectNoSidewaysScroll();
      }
      await stage.page.goto(`${stage.server.url}/#/predictions?id=${encodeURIComponent(outcome.id)}`);
      await stage.page
        .getByRole('dialog', { name: 'Prediction' })
        .getByText('Arrival to prediction')
        .waitFor();
      const drawer = await stage.page.evaluate<[number, number]>(
        "(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('dialog[open]'))",
      );
      expect(drawer[0]).toBeLessThanOrEqual(drawer[1]);
    }
  });

  it('prints the publish command for a shell, and says what the button waits for', async () => {
    Object.assign(stage.services.topics, { input: "it's" });
    await stage.open('/#/publish?start=5&end=9&rate=2&loop=true&shuffle=true&split=train');
    await stage.page
      .getByText(/--topic 'it'\\''s' --split train --start 5 --end 9 --with-truth --rate 2 --loop --shuffle/)
      .waitFor();
    const printed = await stage.page.locator('.command code', { hasText: /^curl / }).innerText();
    await stage.page.getByRole('button', { name: /^Publish 4 images/ }).click();
    await stage.page.getByText('train 5–8').waitFor();
    await promisify(execFile)('sh', ['-c', printed], { timeout: 10_000 });
    const [ofPage, ofCommand] = stage.services.requests;
    expect(ofCommand).toEqual(ofPage);
    await stage.page.getByRole('spinbutton', { name: 'End' }).fill('2');
    await stage.page.getByRole('button', { name: 'Waiting for a valid range and rate' }).waitFor();
    await stage.page.getByText('The commands appear here').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await stage.page.emulateMedia({ colorScheme });
      await stage.expectReadable('#panel-publish button.primary:disabled');
    }
    await stage.expectNoSeriousFindings();
  });

  it('links to the Publish tab while no images arrive', async () => {
    await stage.open();
    await stage.page.getByText('Waiting for images').waitFor();
    await stage.shot('empty');
    await stage.expectNoSeriousFindings();
    await stage.page.getByRole('link', { name: 'Publish images' }).click();
    await stage.page.getByRole('heading', { name: 'Publish images' }).waitFor();
  });

  it('pauses on p, counts the missed predictions, and resumes', async () => {
    await stage.open();
    stage.stream();
    await stage.page.getByText('Keeping up').waitFor();
    await stage.page.keyboard.press('p');
    await stage.page.getByText(/^Paused\. [1-9][\d,]* predictions/).waitFor();
    const frozen = await stage.page.locator('.figures').innerText();
    const missedAt = await stage.page.locator('.line p').innerText();
    await stage.page.locator('.line p').filter({ hasNotText: missedAt }).waitFor();
    expect(await stage.page.locator('.figures').innerText()).toBe(frozen);
    await stage.page.keyboard.press('p');
    await stage.page.getByText('Keeping up').waitFor();
  });

  it('moves between tabs by number and by arrow, with the tab in the address', async () => {
    await stage.open();
    await stage.page.keyboard.press('4');
    expect(new URL(stage.page.url()).hash).toBe('#/models');
    await stage.page.keyboard.press('6');
    await stage.page.getByRole('heading', { name: 'Draw' }).waitFor();
    await stage.page.getByRole('tab', { name: 'Try it' }).focus();
    await stage.page.keyboard.press('ArrowRight');
    await stage.page.getByRole('tab', { name: 'Events', selected: true }).waitFor();
    await stage.page.keyboard.press('?');
    await stage.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await stage.page.keyboard.press('Escape');
    await stage.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'hidden' });
    await stage.page.goBack();
    await stage.page.getByRole('heading', { name: 'Draw' }).waitFor();
  });

  it('opens a prediction from a shared link, even with slashes in its id', async () => {
    stage.services.emit([createOutcome({ index: 41, label: 8, truth: 8 })]);
    await stage.open('/#/live?id=images%2F1%2F10');
    await stage.page.getByRole('dialog', { name: 'Prediction' }).getByText('images / 1 / 10').waitFor();
    await stage.page.getByRole('button', { name: 'Copy JSON' }).click();
    const copied = await stage.page.evaluate<string>('navigator.clipboard.readText()');
    expect((JSON.parse(copied) as { id: string }).id).toBe('images/1/10');
  });

  it('explains that the end is not included, and refuses an empty range', async () => {
    await stage.open('/#/publish?start=5&end=5');
    await stage.page.getByText('End must be larger than start; it is not included.').waitFor();
    await stage.page.getByRole('spinbutton', { name: 'End' }).fill('8');
    await stage.page.getByText('3 images: test images 5 to 7.').waitFor();
    await stage.page.getByText('--start 5 --end 8').waitFor();
    await stage.page.getByRole('button', { name: 'Publish 3 images' }).click();
    await stage.page.getByRole('button', { name: 'Cancel test 5–7' }).click();
    await stage.page.getByText('cancelled').waitFor();
    expect(stage.services.requests).toMatchObject([
      { broker: 'memory', split: 'test', start: 5, end: 8, loop: false, shuffle: false },
    ]);
  });

  it('classifies a chosen file, and shows a refusal', async () => {
    await stage.open('/#/try-it');
    await stage.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'shoe.raw', mimeType: '', buffer: Buffer.alloc(784, 40) });
    await stage.page.locator('.answer').getByText('87.0% confidence').waitFor();
    stage.services.failNext = Object.assign(new Error('The PNG ends too early.'), {
      name: 'StreamInferError',
      code: 'CORRUPT',
    });
    stage.complaints.length = 0;
    await stage.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('x') });
    await stage.page.getByRole('alert').getByText('The PNG ends too early.').waitFor();
    expect(stage.complaints.splice(0)).toHaveLength(1); // The browser logs the 422.
  });

  it('tries an example, a drawing and a pasted image, one replacing the other, and explains it', async () => {
    const pixels = readTestImages().pixels(3);
    stage.services.emit([createOutcome({ index: 3, label: 1, truth: 1, pixels })]);
    await stage.open('/#/try-it');
    await stage.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'shoe.raw', mimeType: '', buffer: Buffer.alloc(784, 40) });
    await stage.page.getByText('shoe.raw').waitFor();
    await drawOnSketch(stage.page);
    await stage.page.getByText('Drop, paste or choose an image').waitFor();
    await stage.page.getByRole('button', { name: 'Example 1: Trouser' }).focus();
    await stage.page.keyboard.press('Enter');
    await until(
      () => stage.services.classified.length === 3,
      10_000,
      () => 'the example is not classified',
    );
    expect(await isBlank(stage.page)).toBe(true);
    await stage.page.evaluate(COPY_IMAGE);
    await stage.page.keyboard.press('Control+v');
    await stage.page.getByText('image.png').waitFor();
    await stage.page.getByRole('button', { name: 'Paste' }).click();
    await stage.page.getByText('from the clipboard').waitFor();
    await stage.page.evaluate("navigator.clipboard.writeText('no image')");
    await stage.page.keyboard.press('Control+v');
    await stage.page.getByText('There is no image on the clipboard.').waitFor();
    await stage.page.getByRole('button', { name: 'Example 1: Trouser' }).click();
    await stage.page.getByRole('button', { name: 'Why Ankle boot?' }).click();
    await stage.page.getByRole('img', { name: /lowers the score of Ankle boot/ }).waitFor();
    await stage.shot('try-it-why');
    expect(stage.services.classified.map(({ options }) => options.invert)).toEqual([
      undefined,
      'never',
      'never',
      undefined,
      undefined,
      'never',
      'never',
    ]);
  });

  it('closes the live feed while the page is hidden, and reopens it', async () => {
    let listening = 0;
    const { services } = stage;
    const onOutcomes = services.onOutcomes.bind(services);
    services.onOutcomes = (listener) => {
      listening++;
      const stop = onOutcomes(listener);
      return () => {
        listening--;
        stop();
      };
    };
    const setHidden = (hidden: boolean) =>
      stage.page
        .evaluate(`Object.defineProperty(document, 'hidden', { get: () => ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await stage.open();
    await until(
      () => listening === 1,
      20_000,
      () => `${listening} listen`,
    );
    await setHidden(true);
    await until(
      () => listening === 0,
      20_000,
      () => `${listening} listen`,
    );
    await setHidden(false);
    await until(
      () => listening === 1,
      20_000,
      () => `${listening} listen`,
    );
    await stage.page.getByText('Waiting for images').waitFor();
  });

  it('reports a lost server, and reconnects', async () => {
    await stage.open();
    stage.stream();
    await stage.page.getByText('Keeping up').waitFor();
    const { port } = stage.server;
    await stage.server.close(100);
    await stage.page.getByText('Disconnected').first().waitFor();
    stage.server = await startHttpServer({
      host: '127.0.0.1',
      port,
      services: stage.services,
      log: SILENT_LOG,
    });
    await stage.page.getByText('Keeping up').waitFor({ timeout: 20_000 });
    stage.complaints.length = 0;
  });

  it('shows keys and ids from messages as text, never as markup', async () => {
    const nasty = `"><img src=x onerror="document.title='owned'"><script>alert(1)</script>`;
    await stage.open();
    await stage.page.getByText('Waiting for images').waitFor();
    stage.services.emit([createOutcome({ id: nasty, className: nasty, key: nasty })]);
    await stage.page.locator('button.tile').first().click();
    await stage.page.getByRole('dialog', { name: 'Prediction' }).getByText(nasty).first().waitFor();
    expect(await stage.page.locator('img[src=x], script:not([src])').count()).toBe(0);
    expect(await stage.page.title()).not.toContain('owned');
  });

  it('requires the token once', async () => {
    await stage.server.close(100);
    stage.server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      token: 's3cret/+',
      services: stage.services,
      log: SILENT_LOG,
    });
    await stage.open();
    await stage.page.getByLabel('Token').fill('s3cret/+');
    stage.complaints.length = 0; // The 401 that led here.
    await stage.page.getByRole('button', { name: 'Open' }).click();
    await stage.page.getByText('Waiting for images').waitFor();
    expect(stage.page.url()).not.toContain('s3cret');
    await stage.page.reload();
    await stage.page.getByText('Waiting for images').waitFor();
  });

  it('keeps the chosen theme', async () => {
    await stage.open('/', { colorScheme: 'dark' });
    await stage.page.keyboard.press('t');
    await stage.page.reload();
    expect(await stage.page.evaluate('document.documentElement.dataset.theme')).toBe('light');
  });
});

const VIEWS = [
  'live',
  'predictions',
  'quality',
  'models',
  'publish',
  'try-it',
  'events',
  'dead-letters',
  'system',
  'labels',
];

/** A white square. */
const COPY_IMAGE = `(async () => {
  const canvas = new OffscreenCanvas(28, 28);
  canvas.getContext('2d').fillRect(0, 0, 9, 9);
  const image = await canvas.convertToBlob({ type: 'image/png' });
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
})()`;

async function isBlank(page: Page): Promise<boolean> {
  return await page.evaluate<boolean>(`(() => {
    const canvas = document.querySelector('.sketch canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.every((value, at) => at % 4 === 3 || value === 0);
  })()`);
}

async function drawOnSketch(page: Page): Promise<void> {
  const box = await page.locator('.sketch canvas').boundingBox();
  if (box === null) throw new Error('drawing area not found');
  await page.mouse.move(box.x + 70, box.y + 60);
  await page.mouse.down();
  for (const [x, y] of [
    [90, 190],
    [210, 190],
    [210, 150],
    [130, 120],
    [120, 60],
    [70, 60],
  ] as const) {
    await page.mouse.move(box.x + x, box.y + y, { steps: 4 });
  }
  await page.mouse.up();
}
