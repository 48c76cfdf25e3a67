/** The page of the real program on a real broker: under load, in use, and across a crash. */
import { type Browser, type Page } from 'playwright-core';
import { CLASS_NAMES } from '../../src/core/labels';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { greyPng } from '../fixtures/png';
import { launchChromium } from '../helpers/chromium';
import { Cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { buildPage } from '../helpers/page';
import { describeWith } from '../helpers/parts';

/** One run over the test set; a second job repeats it as long as the page is watched. */
const LEAST_LOAD = 10_000;
/** Time limit to classify the whole load, ms. */
const PATIENCE = 60_000;

jest.setTimeout(120_000);

interface Stats {
  readonly predictions: number;
  readonly deadLetters: number;
}

describeWith(['chromium', 'java', 'maven', 'kafka-addon', 'dataset'], 'the page of the real program', () => {
  let browser: Browser;
  let kafka: KafkaServer;
  let running: Cli;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    buildPage();
    [kafka, browser] = await Promise.all([KafkaServer.create(), launchChromium()]);
    running = await start('0');
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await running.stop('SIGKILL');
    await kafka.close();
  }, 30_000);

  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints.splice(0)).toEqual([]);
  });

  /** Always the same instance id, so a restarted group member gets its partitions at once. */
  async function start(port: string): Promise<Cli> {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--create-topics'];
    const cli = new Cli([...flags, '--port', port], { STREAM_INFER_INSTANCE_ID: 'page-test' });
    return await cli.ready();
  }

  async function open(hash: string): Promise<void> {
    await page.goto(`${running.url}/#/${hash}`);
  }

  async function publish(fields: object): Promise<string> {
    const response = await fetch(`${running.url}/api/v1/publish`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ split: 'test', start: 0, end: 10_000, ...fields }),
    });
    expect(response.status).toBe(202);
    return ((await response.json()) as { id: string }).id;
  }

  async function cancel(job: string): Promise<void> {
    const { status } = await fetch(`${running.url}/api/v1/publish/${job}`, { method: 'DELETE' });
    expect(status).toBe(200);
  }

  async function published(): Promise<number> {
    const { jobs } = await running.json<{ jobs: { published: number }[] }>('/api/v1/publish');
    return jobs.reduce((sum, job) => sum + job.published, 0);
  }

  async function classified(): Promise<number> {
    return (await running.json<Stats>('/api/v1/stats')).predictions;
  }

  /** Resolves when the tiles have changed `times` times. */
  async function expectTilesToMove(times: number): Promise<void> {
    const tiles = page.locator('.tiles');
    for (let i = 0; i < times; i++) {
      const before = await tiles.innerText();
      await until(
        async () => (await tiles.innerText()) !== before,
        10_000,
        () => 'the tiles do not change',
      );
    }
  }

  /** Whether each visible tile has an image with more than one colour. */
  async function everyTileHasAnImage(): Promise<boolean> {
    return await page.evaluate<boolean>(`[...document.querySelectorAll('.tile .pixels')].every((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, at) => at % 4 < 3 && value !== data[at % 4]);
    })`);
  }

  it('shows predictions with their images at full load, up to the last one', async () => {
    await open('live');
    await page.getByText('Waiting for images').waitFor();
    const [endless] = await Promise.all([publish({ shuffle: true, loop: true }), publish({})]);
    await page.locator('.tile.is-vacant').first().waitFor({ state: 'detached' });
    await expectTilesToMove(3);
    expect(await everyTileHasAnImage()).toBe(true);
    await cancel(endless);
    await until(
      async () => (await classified()) === (await published()) && (await classified()) >= LEAST_LOAD,
      PATIENCE,
      () => running.stderr,
    );
    const total = (await classified()).toLocaleString('en');
    await page.locator('.figure', { hasText: 'Classified' }).getByText(total).waitFor();
    await page.getByText('no dead letters').waitFor();
    await page.locator('.figure', { hasText: 'Lag' }).getByText('caught up').waitFor();
    // Accuracy on the whole test set, published at least once.
    expect(await page.locator('.figure', { hasText: 'Accuracy' }).innerText()).toMatch(/9\d\.\d%/);
    await page.locator('button.tile').first().click();
    await page.getByRole('dialog', { name: 'Prediction' }).getByText('images / ').waitFor();
  });

  it('publishes a range with progress, and cancels an endless job', async () => {
    const before = await classified();
    await open('publish?start=100&end=400&rate=200');
    await page.getByRole('button', { name: 'Publish 300 images' }).click();
    const job = page.locator('.job', { hasText: 'test 100–399' });
    await job.getByText('300 of 300').waitFor({ timeout: 20_000 });
    await job.getByText('done').waitFor();
    await until(
      async () => (await classified()) === before + 300,
      20_000,
      () => running.stderr,
    );

    await page.goto(`${running.url}/#/publish?start=7&end=17&rate=100&loop=true`);
    await page.getByRole('button', { name: /^Publish 10 images/ }).click();
    const endless = page.locator('.job', { hasText: 'test 7–16' });
    // More than the range, so the job looped.
    await until(
      async () => Number(await endless.locator('.job-count').innerText()) > 30,
      20_000,
      () => 'the job does not continue',
    );
    await page.getByRole('button', { name: 'Cancel test 7–16' }).click();
    await endless.getByText('cancelled').waitFor();
    // Images in transit are counted a moment later.
    await until(
      async () =>
        (await classified()) === before + 300 + Number(await endless.locator('.job-count').innerText()),
      20_000,
      () => 'published and classified counts differ',
    );
  });

  it('classifies a dropped PNG and a drawing', async () => {
    await open('try-it');
    for (const index of [0, 2, 3]) {
      await drop(greyPng(testImages().subarray(784 * index, 784 * (index + 1))), `${index}.png`);
      const truth = CLASS_NAMES[testLabels()[index] as number] as string;
      await page.locator('.answer .verdict').getByText(truth, { exact: true }).waitFor();
    }
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('No image yet').waitFor();
    await drawTrousers();
    await page.locator('.answer .verdict').getByText('Trouser', { exact: true }).waitFor();
  });

  it('shows on every tab that the broker is down, and when it is back', async () => {
    await open('live');
    await page.locator('.figure', { hasText: 'Lag' }).getByText('caught up').waitFor();
    await kafka.stop('SIGKILL');
    const state = page.getByRole('link', { name: /^Kafka down for \d/ });
    await state.waitFor();
    await page.locator('.figure', { hasText: 'Lag' }).getByText('unknown').waitFor();
    await page.getByText('Unknown: Kafka is down.').waitFor();
    expect(await page.getByText(/caught up|Waiting for images|No backlog/).count()).toBe(0);
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      await state.waitFor();
    }
    await open('system');
    await page
      .getByRole('alert')
      .getByText(/^Kafka at .*; retrying\.$/)
      .waitFor();
    await kafka.start();
    await state.waitFor({ state: 'detached', timeout: PATIENCE });
    await open('live');
    await page.locator('.figure', { hasText: 'Lag' }).getByText('caught up').waitFor();
  });

  it('reports a crash of the process, and reconnects after its restart', async () => {
    await open('live');
    await publish({ loop: true, rate: 200 });
    await expectTilesToMove(2);
    const { port } = new URL(running.url);
    await running.stop('SIGKILL');
    await page.getByRole('status').getByText('Disconnected').waitFor();
    running = await start(port);
    complaints.length = 0; // The browser logs each refused connection.
    await page.getByRole('status').getByText('Connected', { exact: true }).waitFor({ timeout: 20_000 });
    await publish({ loop: true, rate: 200 });
    await expectTilesToMove(2);
  });

  async function drop(file: Buffer, name: string): Promise<void> {
    const transfer = await page.evaluateHandle(`(() => {
      const bytes = Uint8Array.from(atob('${file.toString('base64')}'), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], '${name}', { type: 'image/png' }));
      return transfer;
    })()`);
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
  }

  async function drawTrousers(): Promise<void> {
    const box = await page.locator('.sketch canvas').boundingBox();
    if (box === null) throw new Error('drawing area not found');
    const line = async (...points: readonly (readonly [number, number])[]) => {
      const [first, ...rest] = points;
      if (first === undefined) return;
      await page.mouse.move(box.x + first[0], box.y + first[1]);
      await page.mouse.down();
      for (const [x, y] of rest) await page.mouse.move(box.x + x, box.y + y, { steps: 4 });
      await page.mouse.up();
    };
    await line([105, 25], [175, 25], [175, 45], [105, 45], [105, 65], [175, 65]);
    await line([108, 40], [104, 255], [118, 255], [122, 60]);
    await line([172, 40], [176, 255], [162, 255], [158, 60]);
  }
});
