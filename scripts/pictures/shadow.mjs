/** Version 2 runs as a shadow of version 1, and takes over: docs/images/shadow.webp. */
import { logged, openPage, show, stats } from './program.mjs';

export const MAX_BYTES = 3_000_000;
/** Images until the first frame, so that the page has content. */
const BEFORE = 300;

export async function record({ runs, browser, recorder }) {
  const flags = ['--model', 'fashion-mnist@1', '--model-control', 'explicit'];
  const url = await logged(runs.startWithRules(...flags), /on (http:\S+)/);
  const page = await openPage(browser, url, 'light');
  await stats(url, ({ predictions }) => predictions >= BEFORE);
  await show(page, 'models');
  const rollout = page.getByRole('region', { name: 'Canary and shadow' });
  const version = rollout.getByRole('combobox', { name: /^Version/ });
  await version.selectOption('2');
  await recorder.caption(page, 'Version 1 classifies the stream');
  await recorder.frames(page, 4, 500);
  await rollout.getByRole('button', { name: 'Start shadow' }).click();
  await page.locator('.disagreements .opinions').first().waitFor();
  await recorder.caption(page, 'Version 2 gets a copy of each image; nothing waits for it');
  await recorder.frames(page, 22, 600);
  await recorder.caption(page, 'Where they disagree');
  await page.locator('.disagreements').scrollIntoViewIfNeeded();
  await recorder.still(page, 2_500);
  await page.evaluate('scrollTo(0, 0)');
  await recorder.caption(page, 'Version 2 takes over; no image is lost or delayed');
  await recorder.still(page, 1_200);
  await rollout.getByRole('button', { name: 'Promote version 2' }).click();
  await page.getByRole('row', { name: /^2 .*Active/ }).waitFor();
  await recorder.frames(page, 5, 600);
  await recorder.still(page, 3_000);
}
