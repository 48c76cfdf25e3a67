/** The tab Labels: the queue in the real program, and each state of a training on a fake one. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import type { StoredLabel } from '../../src/core/label';
import { LEAST_LABELS, type RetrainingJob, type RetrainingState } from '../../src/core/retraining';
import { LabelService } from '../../src/labels/label-service';
import { createMemoryLabels } from '../../src/results/given-labels/memory-labels';
import { AuditLog } from '../../src/steering/audit-log';
import { launchChromium } from '../helpers/chromium';
import { Cli, MAIN, until } from '../helpers/cli';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';
import { buildPage } from '../helpers/page';
import { LOOKS, usePageStage } from '../helpers/page-stage';
import { describeWith } from '../helpers/parts';
import { createOutcome, createRollout, fakeSink, readTestImages, SILENT_LOG } from '../helpers/services';

jest.setTimeout(120_000);

const IMAGES = 60;

const JOB: RetrainingJob = {
  phase: 'training',
  by: 'anna',
  startedAt: '2026-01-01T10:00:00.000Z',
  endedAt: null,
  labels: 200,
  base: 1,
  version: 3,
  epoch: 1,
  epochs: 3,
  comparison: null,
  message: '',
};
const COMPARISON = {
  testImages: 5000,
  heldOutImages: 40,
  base: { test: 0.935, heldOut: 0.35 },
  candidate: { test: 0.934, heldOut: 0.65 },
};

describeWith(['chromium'], 'the tab Labels', () => {
  const stage = usePageStage();
  const card = (name: string) => stage.page.getByRole('region', { name });
  const image = () => stage.page.locator('.label-current figcaption');
  let training: RetrainingState;

  /** A training that does what a test says. */
  beforeEach(() => {
    training = { off: null, job: null };
    const retraining = {
      state: async () => training,
      start: async ({ by }: { by: string }) => (training = { off: null, job: { ...JOB, by } }),
      cancel: async () => (training = { off: null, job: { ...JOB, phase: 'cancelled' as const } }),
    };
    const { services } = stage;
    Object.assign(services, {
      labels: new LabelService({
        store: createMemoryLabels(),
        results: services.results,
        topic: 'labels',
        sink: () => fakeSink(async () => undefined),
        model: () => FASHION_MNIST_DESCRIPTION,
        disagreements: () => createRollout('shadow', 2, 1).latest,
        audit: new AuditLog(null, SILENT_LOG),
        retraining,
      }),
    });
    const images = readTestImages();
    services.emit(
      Array.from({ length: 12 }, (_, index) =>
        createOutcome({ index, label: 7, confidence: 0.3 + index / 100, pixels: images.pixels(index) }),
      ),
    );
  });

  it('shows each state of a training, with the accuracy of both versions', async () => {
    await stage.open('/#/labels');
    const retrain = card('Retrain');
    const button = retrain.getByRole('button', { name: 'Retrain' });
    await retrain.getByText('Enter your name first.').waitFor();
    expect(await button.isDisabled()).toBe(true);
    await stage.page.getByLabel('Your name').fill('anna');
    await button.click();
    await retrain.getByText(/^Training: version 3 from version 1 and 200 labels, by anna/).waitFor();
    expect(await retrain.getByRole('progressbar', { name: 'Epochs' }).getAttribute('value')).toBe('1');
    await retrain.getByRole('button', { name: 'Cancel training' }).click();
    await retrain.getByText(/^Cancelled: version 3/).waitFor();

    const becomes = async (state: RetrainingState): Promise<void> => {
      training = state;
      await stage.page.reload(); // Sooner than the next question of the page.
    };
    await becomes({ off: null, job: { ...JOB, phase: 'refused', message: 'It is <b>not</b> better.' } });
    await retrain.getByText('It is <b>not</b> better.').waitFor();
    await becomes({ off: null, job: { ...JOB, phase: 'failed' } });
    await retrain.getByText(/^Failed: version 3/).waitFor();
    await becomes({ off: 'The model is loading.', job: null });
    await retrain.getByText('The model is loading.').waitFor();
    expect(await button.isDisabled()).toBe(true);
    await becomes({ off: null, job: { ...JOB, phase: 'ready', comparison: COMPARISON } });
    await retrain.getByRole('row', { name: '40 labelled 35.0% 65.0%' }).waitFor();
    await retrain.getByRole('row', { name: '5,000 test 93.5% 93.4%' }).waitFor();
    await retrain.getByRole('link', { name: 'Compare and promote on the tab Models' }).click();
    await stage.page.getByRole('tab', { name: 'Models', selected: true }).waitFor();
  });

  it.each([LOOKS[1], LOOKS[2]])('is accessible and fits, %s', async (name, viewport, colorScheme) => {
    training = { off: null, job: { ...JOB, phase: 'offered', comparison: COMPARISON } };
    await stage.open('/#/labels', { viewport, colorScheme });
    await image().getByText('Version 2: Shirt, 51%').waitFor();
    await card('Retrain')
      .getByRole('row', { name: /^40 labelled/ })
      .waitFor();
    await stage.page.waitForLoadState('networkidle');
    await stage.shot(`labels ${name}`);
    await stage.expectNoSeriousFindings();
    await stage.expectNoSidewaysScroll();
    await stage.page.setViewportSize({ width: 768, height: 1024 });
    await stage.expectNoSidewaysScroll();
  });
});

describeWith(['chromium', 'dataset'], 'the tab Labels of the real program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-labels-test-'));
  const complaints: string[] = [];
  let running: Cli;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    buildPage();
    // A copy: a training writes its candidate next to the active version.
    cpSync(join(MAIN, '../../../models/fashion-mnist'), join(folder, 'garments'), { recursive: true });
    const model = ['--model', join(folder, 'garments/1'), '--model-control', 'explicit', '--workers', '1'];
    running = new Cli(['run', '--broker', 'memory', '--no-demo', ...model, '--port', '0']);
    browser = await launchChromium();
    await running.ready();
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await running.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }, 30_000);
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  const caption = () => page.locator('.label-current figcaption');
  const latest = () => page.locator('.label-actions').getByRole('status');

  async function post(path: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(running.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(answer.ok).toBe(true);
  }

  async function labels(): Promise<readonly StoredLabel[]> {
    return (await running.json<{ labels: StoredLabel[] }>('/api/v1/labels?limit=100')).labels;
  }

  /** The id of the image on show, which is not `earlier`. */
  async function shown(earlier?: string): Promise<string> {
    const id = caption()
      .locator('.muted')
      .filter({ hasNotText: earlier ?? 'nothing' });
    return await id.innerText();
  }

  it('describes settings, then labels a queue by keyboard, undoes, filters and exports', async () => {
    await post('/api/v1/publish', { split: 'test', start: 0, end: IMAGES });
    await until(
      async () => (await running.json<{ predictions: number }>('/api/v1/stats')).predictions === IMAGES,
      20_000,
      () => running.stderr,
    );
    await page.goto(`${running.url}/#/system`);
    const setting = page.getByRole('row').filter({ hasText: 'requests.callbacks.timeout' });
    await setting.getByText('Time limit of one attempt.').waitFor();
    await setting.getByRole('cell', { name: '10s', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Labels' }).click();
    const first = await shown();
    await page.keyboard.press('5');
    await page.getByRole('alert').getByText('Enter your name first').waitFor();
    // Into the field of the name, so that no key is a label.
    await page.keyboard.type('anna5');
    await page.keyboard.press('Enter');

    await page.keyboard.press('5');
    await latest().getByText(`${first}: Sandal`).waitFor();
    const second = await shown(first);
    await page.keyboard.press('ArrowRight');
    const third = await shown(second);
    await page.getByRole('button', { name: 'Bag' }).click();
    await latest().getByText(`${third}: Bag`).waitFor();
    await page.getByText('2 labels so far.').waitFor();
    expect(await labels()).toMatchObject([
      { id: third, className: 'Bag', by: 'anna5', via: 'page' },
      { id: first, className: 'Sandal', by: 'anna5' },
    ]);
    await page.keyboard.press('u');
    await latest().getByText(`${first}: Sandal`).waitFor();
    await caption().getByText(third).waitFor();
    await page.getByText('1 label so far.').waitFor();
    expect(await labels()).toHaveLength(1);
    expect(new URL(page.url()).hash).toBe('#/labels');
    await page.getByRole('tab', { name: 'Labels' }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('tab', { name: 'System', selected: true }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tab', { name: 'Labels', selected: true }).waitFor();

    const images = page.getByRole('combobox', { name: 'Images' });
    await images.selectOption('Disagreements');
    await page.getByText('No image waits for a label.').waitFor();
    await images.selectOption('Least certain');
    await caption().waitFor();
    const [ndjson, csv] = [await exported('Export NDJSON'), await exported('Export CSV')];
    expect(JSON.parse(ndjson)).toMatchObject({ id: first, label: 5, image: { width: 28, height: 28 } });
    expect(csv.trim().split('\r\n')).toHaveLength(2);
  });

  it('refuses a training with too few labels; starts one, and cancels it', async () => {
    const retrain = page.getByRole('region', { name: 'Retrain' });
    await retrain.getByRole('button', { name: 'Retrain' }).click();
    await retrain.getByRole('alert').getByText(`needs at least ${LEAST_LABELS}`).waitFor();
    expect(complaints.splice(0)).toHaveLength(1); // The browser logs the 422.
    const { predictions } = await running.json<{ predictions: { id: string }[] }>(
      `/api/v1/predictions?limit=${LEAST_LABELS}`,
    );
    for (const { id } of predictions) await post('/api/v1/labels', { id, label: 5, by: 'ben' });
    await retrain.getByRole('button', { name: 'Retrain' }).click();
    await retrain.getByText(/^Training: version 3 from version 1 and 4\d labels, by anna5/).waitFor();
    await retrain.getByRole('button', { name: 'Cancel training' }).click();
    await retrain.getByText(/^Cancelled: version 3/).waitFor();
    expect(readdirSync(join(folder, 'garments'))).toEqual(['1', '2']);
  });

  async function exported(name: string): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name }).click(),
    ]);
    return readFileSync(await download.path(), 'utf8');
  }
});
