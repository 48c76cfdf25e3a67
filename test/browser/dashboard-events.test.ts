/** The Events tab, and an alert opened by its number. */
import { DEFAULT_SIZE } from '../../src/core/picture';
import { encodePng } from '../../src/codec/picture-png';
import { makeEvent } from '../helpers/events';
import { LOOKS, NARROW, usePageStage } from '../helpers/page-stage';
import { describeWith } from '../helpers/parts';
import { createOutcome, readTestImages } from '../helpers/services';

jest.setTimeout(180_000);

describeWith(['chromium'], 'the Events tab', () => {
  const stage = usePageStage();
  const rows = () => stage.page.locator('.entries tbody tr');
  const dialog = (number: number) => stage.page.getByRole('dialog', { name: `Alert ${number}` });

  /** 0–360; critical red is around 0. */
  async function hueOf(selector: string): Promise<number> {
    const color = await stage.page.evaluate<string>(
      `getComputedStyle(document.querySelector('${selector}')).color`,
    );
    const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number);
    return (Math.atan2(Math.sqrt(3) * (green - blue), 2 * red - green - blue) * 180) / Math.PI;
  }

  /** Nine events, every third an alert: 1, 2 and 3. */
  async function notice(count = 9, first = 1): Promise<void> {
    const images = readTestImages();
    for (let i = first; i < first + count; i++) {
      const alert = i % 3 === 0 ? i / 3 : null;
      const pixels = images.pixels(i);
      const { prediction } = createOutcome({ index: i, label: 8, confidence: 0.98, truth: i % 2 ? 8 : 6 });
      const severity = (['info', 'warning', 'critical'] as const)[i % 3]!;
      const description = `Bag with 98 %, event <b>${i}</b>.`;
      const { event } = makeEvent({ id: `e${i}`, alert, severity, description, prediction });
      await stage.services.notice(event, pixels);
      const png = encodePng({ ...DEFAULT_SIZE, pixels }, 8);
      await stage.services.eventStore.addDerived(event.id, { enlarged: png, occlusion: png });
    }
  }

  describe.each(LOOKS)('%s', (name, viewport, colorScheme) => {
    it('shows events, and the details of an alert', async () => {
      await notice();
      await stage.open('/#/events', { viewport, colorScheme });
      await rows().nth(8).waitFor();
      // Amber: between red and yellow.
      expect(await hueOf('.tag.is-warning')).toBeGreaterThan(25);
      expect(await hueOf('.tag.is-warning')).toBeLessThan(50);
      expect(await hueOf('.tag.is-critical')).toBeLessThan(15);
      await stage.page.waitForLoadState('networkidle');
      await stage.shot(`events-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
      await rows().first().getByRole('button', { name: 'bags' }).click();
      await dialog(3).getByText('Bag with 98 %, event <b>9</b>.').waitFor();
      await dialog(3).getByRole('img').nth(1).waitFor();
      await stage.shot(`alert-${name}`, 'view');
      await stage.expectNoSeriousFindings();
    });
  });

  it('shows that there are no events', async () => {
    await stage.open('/#/events');
    await stage.page.getByText('No events').waitFor();
    await stage.expectNoSeriousFindings();
  });

  it('opens an alert by its number and acknowledges it once', async () => {
    await notice();
    await stage.open('/alerts/2');
    await dialog(2).getByText('event <b>6</b>').waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/events?alert=2');
    await dialog(2).getByLabel('Your name').fill('Ada');
    await dialog(2).getByLabel('Note').fill('lamp <i>broken</i>');
    await dialog(2).getByRole('button', { name: 'Acknowledge' }).click();
    await dialog(2)
      .getByText(/^Acknowledged .* by Ada: lamp <i>broken<\/i>$/)
      .waitFor();
    await stage.expectNoSeriousFindings();
    await stage.page.keyboard.press('Escape');
    await rows().nth(3).getByText('acknowledged', { exact: true }).waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/events');
    await stage.page.goto(`${stage.server.url}/#/events?alert=3`);
    expect(await dialog(3).getByLabel('Your name').inputValue()).toBe('Ada');
  });

  it('filters alerts, unacknowledged alerts, and events of one rule', async () => {
    await notice();
    await stage.services.eventStore.acknowledge(1, { at: '2026-01-01T00:00:00.000Z', by: '', note: '' });
    await stage.open('/#/events');
    await rows().nth(8).waitFor();
    await stage.page.getByRole('button', { name: 'Alerts' }).click();
    await stage.page.getByRole('heading', { name: '3 alerts' }).waitFor();
    await stage.page.getByRole('button', { name: 'Not acknowledged' }).click();
    await stage.page.getByRole('heading', { name: '2 alerts' }).waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/events?show=open');
    await stage.page.goBack();
    await stage.page.getByRole('heading', { name: '3 alerts' }).waitFor();
    await rows().first().getByRole('button', { name: 'bags' }).click();
    await dialog(3).waitFor();
    await stage.page.goBack();
    await dialog(3).waitFor({ state: 'hidden' });
    expect(new URL(stage.page.url()).hash).toBe('#/events?show=alerts');
    await stage.page.getByRole('button', { name: 'All events' }).click();
    await stage.page.getByLabel('Rule').selectOption('bags');
    await stage.page.getByRole('heading', { name: '9 events' }).waitFor();
  });

  it('counts open alerts in the header, and acknowledges all of them', async () => {
    await notice();
    await stage.open('/#/events', { viewport: NARROW });
    await stage.page.getByRole('tab', { name: 'Events, open alerts: 3' }).waitFor();
    await rows().first().getByText('not acknowledged').waitFor();
    await rows().first().locator('.tag').waitFor();
    await stage.page.getByRole('button', { name: 'Acknowledge all' }).click();
    const question = stage.page.getByRole('dialog', { name: 'Acknowledge all' });
    await question.getByText('3 alerts will be acknowledged.').waitFor();
    await question.getByLabel('Your name').fill('Ada');
    await stage.expectNoSeriousFindings();
    await question.getByRole('button', { name: 'Acknowledge' }).click();
    await stage.page.getByRole('tab', { name: 'Events', exact: true }).waitFor();
    await rows().getByText('not acknowledged').first().waitFor({ state: 'detached' });
    const [alert] = await stage.services.eventStore.list({ alerts: true, limit: 1 });
    expect(alert?.acknowledged?.by).toBe('Ada');
  });

  it('shows a raised alert without a refresh', async () => {
    await stage.open('/#/events');
    await stage.page.getByText('No events').waitFor();
    await stage.page.getByText('Connected').waitFor();
    await notice(1, 3);
    await rows().first().getByText('#1').waitFor();
  });

  it('reports an unknown alert number', async () => {
    await stage.open('/alerts/99');
    await stage.page.getByText('Alert 99 is not stored.').first().waitFor();
    expect(stage.complaints.splice(0).every((text) => text.includes('404'))).toBe(true);
    await stage.page.keyboard.press('Escape');
    await stage.page.goto('about:blank');
    stage.complaints.splice(0);
  });
});
