import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { startHttpServer, type HttpServer } from '../../src/http/server';
import { startMovingStream } from '../helpers/moving-stream';
import { buildPage } from '../helpers/page';
import { describeWith, requirePart } from '../helpers/parts';
import {
  createFakeServices,
  createOutcome,
  readTestImages,
  SILENT_LOG,
  type FakeServices,
} from '../helpers/services';

const SHOTS = '/tmp/shots';
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

jest.setTimeout(60_000);

describeWith(['chromium'], 'the page', () => {
  let browser: Browser;
  let services: FakeServices;
  let server: HttpServer;
  let context: BrowserContext;
  let page: Page;
  let stopStream: (() => void) | null = null;
  const complaints: string[] = [];

  beforeAll(async () => {
    buildPage();
    mkdirSync(SHOTS, { recursive: true });
    browser = await chromium.launch({ executablePath: requirePart('chromium'), args: CHROMIUM_FLAGS });
  });
  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    services = createFakeServices();
    server = await startHttpServer({ host: '127.0.0.1', port: 0, services, log: SILENT_LOG });
  });
  afterEach(async () => {
    stopStream?.();
    stopStream = null;
    await context.close();
    await server.close(500);
    expect(complaints.splice(0)).toEqual([]);
  });

  async function open(path = '/', options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
    context = await browser.newContext({
      viewport: WIDE,
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}${path}`);
  }

  function stream(perSecond = 400): void {
    stopStream = startMovingStream(services, perSecond);
  }

  /** The grid is full and two seconds of rates are drawn. */
  async function settled(): Promise<void> {
    await page.locator('button.tile').first().waitFor();
    await page.locator('.tile.is-vacant').first().waitFor({ state: 'detached' });
  }

  async function expectNoSeriousFindings(): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
  }

  describe.each([
    ['wide light', WIDE, 'light'],
    ['wide dark', WIDE, 'dark'],
    ['narrow light', NARROW, 'light'],
    ['narrow dark', NARROW, 'dark'],
  ] as const)('%s', (name, viewport, colorScheme) => {
    const shot = (what: string) =>
      page.screenshot({ path: `${SHOTS}/${what}-${name.replace(' ', '-')}.png`, fullPage: true });

    it('shows the live tab without anything axe objects to', async () => {
      services.lagMessages = [120, 80, 0, 311];
      await open('/', { viewport, colorScheme });
      stream(600);
      await settled();
      await page.waitForTimeout(4000); // A picture with some history in the chart.
      await shot('live');
      await expectNoSeriousFindings();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
    });

    it('shows the details of an image', async () => {
      await open('/', { viewport, colorScheme });
      await page.getByText('Waiting for images').waitFor();
      services.emit([
        createOutcome({ index: 7, label: 9, truth: 7, confidence: 0.62, pixels: readTestImages().pixels(0) }),
      ]);
      await page.locator('button.tile').first().click();
      await page.getByRole('dialog', { name: 'Prediction' }).waitFor();
      await page.waitForTimeout(300); // Let the drawer arrive before its colours are judged.
      await page.screenshot({ path: `${SHOTS}/detail-${name.replace(' ', '-')}.png` });
      await expectNoSeriousFindings();
    });

    it('shows the publish tab', async () => {
      await open('/#/publish', { viewport, colorScheme });
      await page.getByRole('button', { name: /^Publish 100 images/ }).click();
      await page.getByText('test 0–99').waitFor();
      services.setProgress('job-1', { published: 62 });
      await page.getByText('62').waitFor();
      await shot('publish');
      await expectNoSeriousFindings();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
    });

    it('shows the try-it tab', async () => {
      await open('/#/try-it', { viewport, colorScheme });
      await drawOnSketch(page);
      await page.getByText('87.0% sure').waitFor();
      await shot('try-it');
      await expectNoSeriousFindings();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
    });
  });

  it('says what to do while nothing arrives, and leads there', async () => {
    await open();
    await page.getByText('Waiting for images').waitFor();
    await page.screenshot({ path: `${SHOTS}/empty.png`, fullPage: true });
    await expectNoSeriousFindings();
    await page.getByRole('link', { name: 'Publish some' }).click();
    await page.getByRole('heading', { name: 'Publish images' }).waitFor();
  });

  it('freezes the view on p, counts what was missed, and goes on', async () => {
    await open();
    stream();
    await page.getByText('Keeping up').waitFor();
    await page.keyboard.press('p');
    await page.getByText(/^Paused\. [1-9][\d,]* predictions/).waitFor();
    const frozen = await page.locator('.figures').innerText();
    const missedAt = await page.locator('.line p').innerText();
    await page.locator('.line p').filter({ hasNotText: missedAt }).waitFor();
    expect(await page.locator('.figures').innerText()).toBe(frozen);
    await page.keyboard.press('p');
    await page.getByText('Keeping up').waitFor();
  });

  it('moves between tabs by number and by arrow, with the tab in the address', async () => {
    await open();
    await page.keyboard.press('2');
    expect(new URL(page.url()).hash).toBe('#/publish');
    await page.keyboard.press('3');
    await page.getByRole('heading', { name: 'Draw' }).waitFor();
    await page.getByRole('tab', { name: 'Try it' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tab', { name: 'Live', selected: true }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' });
    await page.goBack();
    await page.getByRole('heading', { name: 'Draw' }).waitFor();
  });

  it('opens a prediction from a shared link, also when its id has slashes', async () => {
    services.emit([createOutcome({ index: 41, label: 8, truth: 8 })]);
    await open('/#/live?id=images%2F1%2F10');
    await page.getByRole('dialog', { name: 'Prediction' }).getByText('images / 1 / 10').waitFor();
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect((JSON.parse(copied) as { id: string }).id).toBe('images/1/10');
  });

  it('says that the end is not included, and refuses an empty range', async () => {
    await open('/#/publish?start=5&end=5');
    await page.getByText('End has to be larger than start, since it is not included.').waitFor();
    await page.getByRole('spinbutton', { name: 'End' }).fill('8');
    await page.getByText('3 images: test images 5 to 7.').waitFor();
    await page.getByText('--start 5 --end 8').waitFor();
    await page.getByRole('button', { name: 'Publish 3 images' }).click();
    await page.getByRole('button', { name: 'Cancel test 5–7' }).click();
    await page.getByText('cancelled').waitFor();
    expect(services.requests).toMatchObject([
      { broker: 'memory', split: 'test', start: 5, end: 8, loop: false, shuffle: false },
    ]);
  });

  it('classifies a chosen file, and shows a refusal plainly', async () => {
    await open('/#/try-it');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'shoe.raw', mimeType: '', buffer: Buffer.alloc(784, 40) });
    await page.locator('.answer').getByText('87.0% sure').waitFor();
    services.failNext = Object.assign(new Error('The PNG ends too early.'), {
      name: 'StreamInferError',
      code: 'CORRUPT',
    });
    complaints.length = 0;
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('x') });
    await page.getByRole('alert').getByText('The PNG ends too early.').waitFor();
    expect(complaints.splice(0)).toHaveLength(1); // The browser notes the 422 by itself.
  });

  it('says that it lost the server, and finds it again', async () => {
    await open();
    stream();
    await page.getByText('Keeping up').waitFor();
    const { port } = server;
    await server.close(100);
    await page.getByText('Disconnected').first().waitFor();
    server = await startHttpServer({ host: '127.0.0.1', port, services, log: SILENT_LOG });
    await page.getByText('Keeping up').waitFor({ timeout: 20_000 });
    complaints.length = 0;
  });

  it('shows keys and ids from messages as text, never as markup', async () => {
    const nasty = `"><img src=x onerror="document.title='owned'"><script>alert(1)</script>`;
    await open();
    await page.getByText('Waiting for images').waitFor();
    services.emit([createOutcome({ id: nasty, className: nasty, key: nasty })]);
    await page.locator('button.tile').first().click();
    await page.getByRole('dialog', { name: 'Prediction' }).getByText(nasty).first().waitFor();
    expect(await page.locator('img[src=x], script:not([src])').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
  });

  it('asks for the token, and works with it from then on', async () => {
    await server.close(100);
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      token: 's3cret/+',
      services,
      log: SILENT_LOG,
    });
    await open();
    await page.getByLabel('Token').fill('s3cret/+');
    complaints.length = 0; // The 401 that led here.
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Waiting for images').waitFor();
    expect(page.url()).not.toContain('s3cret');
    await page.reload();
    await page.getByText('Waiting for images').waitFor();
  });

  it('keeps the chosen colours', async () => {
    await open('/', { colorScheme: 'dark' });
    await page.keyboard.press('t');
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
  });
});

async function drawOnSketch(page: Page): Promise<void> {
  const box = await page.locator('.sketch canvas').boundingBox();
  if (box === null) throw new Error('There is no drawing area.');
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
