/**
 * Makes the pictures of the documentation from the real program with its demo: docs/images/*.png, each below 250 KB.
 * Run it after a build; it needs Chromium: node scripts/make-screenshots.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRuns, IMAGES, logged, openBrowser, openPage, show, WIDE } from './pictures/program.mjs';

const require = createRequire(import.meta.url);
const { losslessCompressPngSync, pngQuantizeSync, Transformer } = require('@napi-rs/image');

const MAX_BYTES = 250_000;
/** The chart of rates goes back two minutes. */
const CHART_MS = 125_000;
const samples = fileURLToPath(new URL('../src/dataset/samples/', import.meta.url));

const runs = createRuns();
const browser = await openBrowser();
try {
  const memory = runs.startWithRules();
  const url = await logged(memory, /on (http:\S+)/);
  const [light, dark] = await Promise.all([openPage(browser, url, 'light'), openPage(browser, url, 'dark')]);
  await sleep(CHART_MS);
  await shoot(light, 'live-light');
  await shoot(dark, 'live-dark');
  await predictions(light);
  await quality(light, 'quality-light');
  await quality(dark, 'quality-dark');
  await events(light);
  await publish(light);
  await shoot(light, 'publish');
  await draw(light);
  await shoot(light, 'try-it');
  memory.kill('SIGKILL');
  const kafka = runs.start('--broker', 'kafka', '--embedded', '--demo');
  await deadLetters(await logged(kafka, /"address":"([^"]+)"/), await logged(kafka, /on (http:\S+)/));
} finally {
  await browser.close();
  runs.close();
}

/** One finished job, one endless job and one that is half done. */
async function publish(page) {
  const start = async (query) => {
    await show(page, `publish?${query}`);
    await page.getByRole('button', { name: /^Publish \d/ }).click();
    await sleep(300);
  };
  await start('start=0&end=256');
  await start('start=0&end=64&rate=20&loop=true');
  await start('start=0&end=200&rate=40&shuffle=true');
  await page.mouse.move(0, 0);
  await page.getByText(/^1[1-4]\d of 200/).waitFor();
}

/** The list, and one of them open. */
async function predictions(page) {
  await show(page, 'predictions');
  await page.locator('button.tile img').nth(60).waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, 'predictions');
  await page.locator('button.tile.is-wrong').first().click();
  await page.locator('dialog[open] .verdict').waitFor();
  await shoot(page, 'prediction');
  await page.keyboard.press('Escape');
}

async function quality(page, name) {
  await show(page, 'quality');
  await page.locator('.matrix a').nth(20).waitFor();
  await page.setViewportSize({ ...WIDE, height: 1320 });
  await shoot(page, name);
  await page.setViewportSize(WIDE);
}

/** The list with an open alert next to it. */
async function events(page) {
  await show(page, 'events?alert=1');
  await page.locator('dialog[open] .event-images img').nth(1).waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, 'alert');
  await page.keyboard.press('Escape');
}

/** The tab with dead letters, after invalid messages to the embedded Kafka; then the tab about the process. */
async function deadLetters(bootstrap, url) {
  const sheet = readFileSync(join(samples, 'fashion-mnist-256.png'));
  const image = new Transformer(sheet).crop(56, 28, 28, 28).pngSync();
  const letters = [
    image.subarray(0, image.length - 24),
    Buffer.from(JSON.stringify({ sensor: 'gate 3', temperature: 21.4, unit: 'C' })),
    null,
    Buffer.from('R0lGODlhAgACAIABAAAAAP///yH5BAEKAAEALAAAAAACAAIAAAIDRAIFADs=', 'base64'),
    Buffer.from('Please classify this for me, thanks!'),
    Buffer.from(image).fill(0x5a, 60, 90),
  ];
  await produce(bootstrap, letters);
  const page = await openPage(browser, url, 'light');
  await show(page, 'dead-letters');
  await page.locator('.entries tbody tr').nth(5).waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, 'dead-letters');
  await show(page, 'system');
  await page.locator('.settings tbody tr').nth(5).waitFor();
  await shoot(page, 'system');
}

/** Bypasses the publisher of the program, which refuses invalid images. */
async function produce(bootstrap, values) {
  const { Producer } = require('@confluentinc/kafka-javascript');
  const producer = new Producer({ 'bootstrap.servers': bootstrap });
  await promisify(producer.connect.bind(producer))({});
  values.forEach((value, at) => producer.produce('images', null, value, `camera-${at + 1}`));
  await promisify(producer.flush.bind(producer))(10_000);
  await promisify(producer.disconnect.bind(producer))();
}

/** A T-shirt, filled. */
async function draw(page) {
  await show(page, 'try-it');
  const { x, y } = await page.locator('.sketch canvas').boundingBox();
  const line = async (...points) => {
    await page.mouse.move(x + points[0][0], y + points[0][1]);
    await page.mouse.down();
    for (const [dx, dy] of points.slice(1)) await page.mouse.move(x + dx, y + dy, { steps: 6 });
    await page.mouse.up();
  };
  for (let row = 44; row <= 244; row += 6) await line([94, row], [186, row]);
  for (let row = 0; row <= 54; row += 6) {
    await line([96, 44 + row], [52, 78 + row * 0.8]);
    await line([184, 44 + row], [228, 78 + row * 0.8]);
  }
  await page.locator('.answer .verdict').waitFor();
  await page.mouse.move(0, 0);
  await sleep(1_000);
}

/** Lossless if that is small enough, otherwise with a palette. */
async function shoot(page, name) {
  await sleep(500);
  const raw = await page.screenshot();
  const exact = losslessCompressPngSync(raw);
  const bytes = exact.length < MAX_BYTES ? exact : pngQuantizeSync(raw, { minQuality: 80, maxQuality: 99 });
  writeFileSync(join(IMAGES, `${name}.png`), bytes);
  console.log(`${name}.png: ${bytes.length} bytes`);
}
