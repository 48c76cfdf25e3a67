/**
 * Makes the moving picture of the README from the real program with its demo: docs/images/tour.webp, below 1.5 MB.
 * Run it after a build; it needs Chromium: node scripts/make-animation.mjs
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuns, IMAGES, logged, openBrowser, openPage, show } from './pictures/program.mjs';
import { animate } from './pictures/webp.mjs';

const { Transformer } = createRequire(import.meta.url)('@napi-rs/image');

const SIZE = { width: 1080, height: 675 };
const QUALITY = 62;
const MAX_BYTES = 1_500_000;
/** Until the charts and the confusion matrix have content. */
const WARM_UP_MS = 60_000;
/** An expression in the page. */
const LOADED = '[...document.images].every((image) => image.complete && image.naturalWidth > 0)';
const frames = [];

const runs = createRuns();
const browser = await openBrowser();
try {
  const url = await logged(runs.startWithRules(), /on (http:\S+)/);
  const page = await openPage(browser, url, 'light');
  await sleep(WARM_UP_MS);
  for (let count = 0; count < 14; count++) await record(page, 350);
  await show(page, 'predictions');
  await page.locator('button.tile img').nth(60).waitFor();
  await settled(page);
  await record(page, 1_500);
  await page.locator('button.tile.is-wrong').first().click();
  await page.locator('dialog[open] .verdict').waitFor();
  await settled(page);
  await record(page, 2_000);
  await page.keyboard.press('Escape');
  await show(page, 'quality');
  await page.locator('.matrix a').nth(20).waitFor();
  await settled(page);
  await record(page, 2_500);
  await show(page, 'events?alert=1');
  await page.locator('dialog[open] .event-images img').nth(1).waitFor();
  await settled(page);
  await record(page, 2_500);
} finally {
  await browser.close();
  runs.close();
}
const bytes = animate(frames, SIZE);
if (bytes.length > MAX_BYTES)
  throw new Error(`The animation has ${bytes.length} bytes: lower QUALITY or SIZE.`);
writeFileSync(join(IMAGES, 'tour.webp'), bytes);
console.log(`tour.webp: ${frames.length} frames, ${bytes.length} bytes`);

/** Waits until all images are loaded and drawn. */
async function settled(page) {
  while (!(await page.evaluate(LOADED))) await sleep(100);
  await sleep(500);
}

/** Adds the current page as a frame of that duration. */
async function record(page, ms) {
  const png = await page.screenshot();
  const webp = await new Transformer(png).resize(SIZE.width, SIZE.height).webp(QUALITY);
  frames.push({ webp, ms });
  await sleep(150);
}
