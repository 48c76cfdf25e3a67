/** The card Steering: what an operator changes on the page, and what the page shows of it. */
import { startHttpServer } from '../../src/http/server';
import { LOOKS, usePageStage } from '../helpers/page-stage';
import { describeWith } from '../helpers/parts';
import { SILENT_LOG } from '../helpers/services';
import { createSteered, createSteeredServices } from '../helpers/steered';

jest.setTimeout(120_000);

describeWith(['chromium'], 'the card Steering', () => {
  const stage = usePageStage();
  let steered: ReturnType<typeof createSteered>;
  let looking: NodeJS.Timeout;

  /** Replaces the server of the stage by one with a stream. */
  beforeEach(async () => {
    await stage.server.close(500);
    steered = createSteered();
    // As the stream looks for room before it takes messages; a seek waits for that.
    looking = setInterval(() => steered.pipeline.intake.room(), 5);
    const services = createSteeredServices(steered);
    stage.server = await startHttpServer({ host: '127.0.0.1', port: 0, services, log: SILENT_LOG });
  });

  afterEach(() => clearInterval(looking));

  const card = () => stage.page.getByRole('region', { name: 'Steering' });
  const button = (name: string) => card().getByRole('button', { name, exact: true });
  const changes = () => card().getByRole('list', { name: 'Latest changes' }).getByRole('listitem');

  it('pauses, resumes, limits and seeks under a name, and lists each change', async () => {
    await stage.open('/#/system');
    await card().waitFor();
    expect(await button('Pause stream').isDisabled()).toBe(true);
    await card().getByLabel('Your name').fill('anna');
    await card().getByLabel('Reason').fill('labels are <i>wrong</i>');
    await button('Pause stream').click();
    await card().getByText('paused by anna').waitFor();
    await stage.page.getByRole('status').getByText('Stream paused').waitFor();
    await stage.page.getByText('labels are <i>wrong</i>. No messages are taken').waitFor();
    expect(steered.steering.paused).toMatchObject({ by: 'anna', via: 'page' });
    expect(await card().getByLabel('Reason').inputValue()).toBe('');

    await button('Resume stream').click();
    await button('Pause stream').waitFor();
    await stage.page.getByText('Stream paused').waitFor({ state: 'detached' });

    expect(await button('Set limit').isDisabled()).toBe(true);
    await card().getByLabel('Images/s').fill('200');
    await button('Set limit').click();
    await card().getByText('200 images/s', { exact: true }).waitFor();
    await button('No limit').click();
    await card().getByText('200 images/s', { exact: true }).waitFor({ state: 'detached' });

    await card().getByLabel('Position').fill('earliest');
    await button('Seek').click();
    await changes().filter({ hasText: 'images/3: ? → 7' }).waitFor();
    expect(await changes().count()).toBe(5);
    expect(await changes().last().innerText()).toContain('labels are <i>wrong</i>');
  });

  it('shows why a change is refused, and asks once more before the process ends', async () => {
    await stage.open('/#/system');
    await card().getByLabel('Your name').fill('anna');
    await card().getByLabel('Position').fill('yesterday');
    await button('Seek').click();
    await card().getByRole('alert').getByText('"yesterday" is not a position').waitFor();
    expect(stage.complaints.splice(0)).toHaveLength(1); // The browser logs the 400.
    await button('Drain and end…').click();
    const dialog = stage.page.getByRole('dialog', { name: 'Drain and end' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(steered.steering.state().state).toBe('running');
    await button('Drain and end…').click();
    await dialog.getByRole('button', { name: 'Drain', exact: true }).click();
    await card().getByText('draining', { exact: true }).waitFor();
    expect(await button('Pause stream').isDisabled()).toBe(true);
    expect(await card().getByRole('alert').count()).toBe(0);
  });

  it.each([LOOKS[1], LOOKS[2]])('is readable and fits: %s', async (name, viewport, colorScheme) => {
    await stage.open('/#/system', { viewport, colorScheme });
    await card().getByLabel('Your name').fill('anna');
    await card().getByLabel('Reason').fill('the labels of camera 7 have been wrong since this morning');
    await button('Pause stream').click();
    await changes().first().waitFor();
    await card().scrollIntoViewIfNeeded();
    await stage.shot(`steering-${name}`, 'view');
    await stage.expectNoSeriousFindings();
    await stage.expectNoSidewaysScroll();
  });
});
