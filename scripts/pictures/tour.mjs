/** The tabs of the page, with the demo: docs/images/tour.webp. */
import { setTimeout as sleep } from 'node:timers/promises';
import { logged, openPage, show } from './program.mjs';

export const MAX_BYTES = 1_500_000;
/** Until the charts and the confusion matrix have content. */
const WARM_UP_MS = 60_000;

export async function record({ runs, browser, recorder }) {
  const url = await logged(runs.startWithRules(), /on (http:\S+)/);
  const page = await openPage(browser, url, 'light');
  await sleep(WARM_UP_MS);
  await recorder.frames(page, 14, 350);
  await show(page, 'predictions');
  await page.locator('button.tile img').nth(60).waitFor();
  await recorder.still(page, 1_500);
  await page.locator('button.tile.is-wrong').first().click();
  await page.locator('dialog[open] .verdict').waitFor();
  await recorder.still(page, 2_000);
  await page.keyboard.press('Escape');
  await show(page, 'quality');
  await page.locator('.matrix a').nth(20).waitFor();
  await recorder.still(page, 2_500);
  await show(page, 'events?alert=1');
  await page.locator('dialog[open] .event-images img').nth(1).waitFor();
  await recorder.still(page, 2_500);
}
