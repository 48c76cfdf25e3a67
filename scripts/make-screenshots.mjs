/**
 * Makes the pictures of the README from the real program with its demo: docs/images/*.png, each below 250 KB.
 * Run it after a build; it needs Chromium (CHROMIUM names the program if it is not on the usual path):
 * node scripts/make-screenshots.mjs
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const { losslessCompressPngSync, pngQuantizeSync, Transformer } = require('@napi-rs/image');

const MAX_BYTES = 250_000;
const PORT = '8080';
/** Images a second: alive, and still readable. */
const RATE = '60';
/** The chart of rates goes back two minutes. */
const CHART_MS = 125_000;
const WIDE = { width: 1440, height: 900 };
const RULES = [
  { name: 'bags', kind: 'label', labels: ['Bag'], minConfidence: 0.9, severity: 'info' },
  { name: 'torn', kind: 'low-confidence', maxConfidence: 0.35, severity: 'critical', alert: true },
  { name: 'unsure', kind: 'low-confidence', maxConfidence: 0.5, count: 20, window: '60s', alert: true },
  { name: 'mistakes', kind: 'wrong', count: 10, window: '5m', alert: true },
];
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const samples = fileURLToPath(new URL('../src/dataset/samples/', import.meta.url));

mkdirSync(folder, { recursive: true });
const home = mkdtempSync(join(tmpdir(), 'stream-infer-screenshots-'));
const rules = join(home, 'rules.json');
writeFileSync(rules, JSON.stringify({ alerts: RULES }));
const server = run('--port', PORT, '--rate', RATE, '--config', rules);
let kafka;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});
try {
  const url = await said(server, /on (http:\S+)/);
  const [light, dark] = await Promise.all([open(url, 'light'), open(url, 'dark')]);
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
  server.kill('SIGKILL');
  kafka = run('--port', PORT, '--rate', RATE, '--broker', 'kafka', '--embedded', '--demo');
  await deadLetters(await said(kafka, /"address":"([^"]+)"/), await said(kafka, /on (http:\S+)/));
} finally {
  await browser.close();
  server.kill('SIGKILL');
  kafka?.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
}

function run(...flags) {
  const child = spawn(process.execPath, [main, ...flags, '--log-format', 'json'], {
    cwd: home,
    env: { ...process.env, XDG_DATA_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.said = '';
  child.stderr.on('data', (chunk) => (child.said += chunk));
  return child;
}

/** What the program says in its log. */
async function said(child, pattern) {
  for (;;) {
    const found = pattern.exec(child.said)?.[1];
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`The program ended; is port ${PORT} taken?\n${child.said}`);
    await sleep(100);
  }
}

async function open(url, colorScheme) {
  const page = await browser.newPage({ viewport: WIDE, colorScheme });
  await page.goto(url);
  await page.locator('.tile.is-vacant').first().waitFor({ state: 'detached' });
  return page;
}

/** One job that is done, one without end and one half-way. */
async function publish(page) {
  const start = async (query) => {
    await page.evaluate(`location.hash = '/publish?${query}'`);
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
  await page.evaluate("location.hash = '/predictions'");
  await page.locator('button.tile img').nth(60).waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, 'predictions');
  await page.locator('button.tile.is-wrong').first().click();
  await page.locator('dialog[open] .verdict').waitFor();
  await shoot(page, 'prediction');
  await page.keyboard.press('Escape');
}

async function quality(page, name) {
  await page.evaluate("location.hash = '/quality'");
  await page.locator('.matrix a').nth(20).waitFor();
  await page.setViewportSize({ ...WIDE, height: 1320 });
  await shoot(page, name);
  await page.setViewportSize(WIDE);
}

/** The list with an alert open beside it. */
async function events(page) {
  await page.evaluate("location.hash = '/events?alert=1'");
  await page.locator('dialog[open] .event-images img').nth(1).waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, 'alert');
  await page.keyboard.press('Escape');
}

/** Things that are no images, sent to the embedded Kafka; and the tab that tells of the process. */
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
  const page = await open(url, 'light');
  await page.evaluate("location.hash = '/dead-letters'");
  await page.locator('.letters tbody tr').nth(5).waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, 'dead-letters');
  await page.evaluate("location.hash = '/system'");
  await page.locator('.settings tbody tr').nth(5).waitFor();
  await shoot(page, 'system');
}

/** Past the program's own publisher, which refuses what is no image. */
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
  await page.evaluate("location.hash = '/try-it'");
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

/** Without loss if that is small enough, else with a palette. */
async function shoot(page, name) {
  await sleep(500);
  const raw = await page.screenshot();
  const exact = losslessCompressPngSync(raw);
  const bytes = exact.length < MAX_BYTES ? exact : pngQuantizeSync(raw, { minQuality: 80, maxQuality: 99 });
  writeFileSync(join(folder, `${name}.png`), bytes);
  console.log(`${name}.png: ${bytes.length} bytes`);
}
