/** The page of the real program while Pub/Sub is down, and after its return. */
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../helpers/chromium';
import { Cli, until } from '../helpers/cli';
import { buildPage } from '../helpers/page';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

/** Until the client notices that the broker is back, and reads again, ms. */
const PATIENCE = 60_000;

jest.setTimeout(120_000);

describeWith(['chromium', 'go', 'dataset'], 'the page of a stream from Pub/Sub', () => {
  const fake = new PubsubFake();
  let browser: Browser;
  let running: Cli;
  let page: Page;

  beforeAll(async () => {
    buildPage();
    await fake.start();
    browser = await launchChromium();
    const flags = ['--broker', 'pubsub', '--project', 'outage', '--create-topics', '--demo', '--rate', '50'];
    const env = { PUBSUB_EMULATOR_HOST: fake.address };
    running = await new Cli([...flags, '--port', '0'], env).ready();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${running.url}/#/live`);
  }, BUILD_TIME + PATIENCE);
  afterAll(async () => {
    await browser.close();
    await running.stop('SIGKILL');
    await fake.kill();
  }, 30_000);

  async function classified(): Promise<number> {
    return (await running.json<{ predictions: number }>('/api/v1/stats')).predictions;
  }

  it('shows on every tab that the broker is down, and moves again when it is back', async () => {
    await page.locator('button.tile').first().waitFor({ timeout: PATIENCE });
    expect(await page.getByRole('link', { name: /down for/ }).count()).toBe(0);

    await fake.kill();
    const state = page.getByRole('link', { name: /^Pub\/Sub down for \d/ });
    await state.waitFor();
    await page.locator('.figure', { hasText: 'Lag' }).getByText('unknown').waitFor();
    expect(await page.getByText(/caught up|Waiting for images|No backlog/).count()).toBe(0);
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      await state.waitFor();
    }
    await state.click();
    await page
      .getByRole('alert')
      .getByText(/^The subscription images-sub: .* ECONNREFUSED [\d.:]+; retrying\.$/)
      .waitFor();

    await fake.start();
    await state.waitFor({ state: 'detached', timeout: PATIENCE });
    const before = await classified();
    await until(
      async () => (await classified()) > before + 50,
      PATIENCE,
      () => running.stderr,
    );
  });
});
