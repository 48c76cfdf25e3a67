/** The API documentation page, under the same content security policy as the dashboard. */
import { type Browser } from 'playwright-core';
import { launchChromium } from '../helpers/chromium';
import { Cli } from '../helpers/cli';
import { describeWith } from '../helpers/parts';

jest.setTimeout(120_000);

describeWith(['chromium'], 'the API documentation page', () => {
  let browser: Browser;
  let server: Cli;

  beforeAll(async () => {
    browser = await launchChromium();
    server = new Cli(['--port', '0', '--no-demo', '--runtime', 'tfjs-wasm', '--workers', '1']);
    await server.ready();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop('SIGKILL');
  });

  it('shows every group and sends a request, without foreign or blocked resources', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    const foreign: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== server.url) foreign.push(request.url());
    });

    await page.goto(`${server.url}/docs`);
    await page.getByText('tensorflow serving', { exact: true }).first().waitFor();
    for (const path of ['/api/v1/classify', '/v2', '/v1/models/{model}:predict'])
      expect(await page.locator(`[data-path="${path}"]`).count()).toBeGreaterThan(0);

    const operation = page.locator('#operations-process-getLivez');
    await operation.getByRole('button').first().click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.getByText('"alive": true').first().waitFor();

    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    await context.close();
  });
});
