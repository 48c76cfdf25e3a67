/**
 * Makes the pictures of the README from the real program with its demo: docs/images/*.png, each below 250 KB.
 * Run it after a build; it needs Chromium (CHROMIUM names the program if it is not on the usual path):
 * node scripts/make-screenshots.mjs
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const { losslessCompressPngSync, pngQuantizeSync } = require('@napi-rs/image');

const MAX_BYTES = 250_000;
const PORT = '8080';
/** Images a second: alive, and still readable. */
const RATE = '60';
/** The chart of rates goes back two minutes. */
const CHART_MS = 125_000;
const WIDE = { width: 1440, height: 900 };
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

mkdirSync(folder, { recursive: true });
const home = mkdtempSync(join(tmpdir(), 'stream-infer-screenshots-'));
const server = spawn(process.execPath, [main, '--port', PORT, '--rate', RATE], {
  cwd: home,
  env: { ...process.env, XDG_DATA_HOME: home },
  stdio: ['ignore', 'ignore', 'pipe'],
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});
try {
  const url = await address();
  const [light, dark] = await Promise.all([open(url, 'light'), open(url, 'dark')]);
  await sleep(CHART_MS);
  await shoot(light, 'live-light');
  await shoot(dark, 'live-dark');
  await publish(light);
  await shoot(light, 'publish');
  await draw(light);
  await shoot(light, 'try-it');
} finally {
  await browser.close();
  server.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
}

/** What the program says when it listens. */
async function address() {
  for await (const chunk of server.stderr) {
    const url = /on (http:\S+)/.exec(String(chunk))?.[1];
    if (url) return url;
  }
  throw new Error(`The program ended at once; is port ${PORT} taken?`);
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
