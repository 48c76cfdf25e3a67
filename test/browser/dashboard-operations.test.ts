/** The tabs for operators: Dead letters and System. */
import type { RejectionCode } from '../../src/core/errors';
import type { DeadLetterOutcome } from '../../src/core/prediction';
import { until } from '../helpers/cli';
import { makeDelivery } from '../helpers/deliveries';
import { LOOKS, usePageStage } from '../helpers/page-stage';
import { describeWith } from '../helpers/parts';
import { LATENCY_GOAL, readTestImages } from '../helpers/services';
import { greyPng } from '../fixtures/png';

jest.setTimeout(120_000);

const REASONS: readonly (readonly [RejectionCode, string])[] = [
  ['CORRUPT', 'The PNG is cut off before its IEND chunk.'],
  ['WORKER_CRASH', 'A worker crashed each time it received this image.'],
  ['NOT_AN_IMAGE', 'The 37 bytes are text: "{"temperature"…".'],
  ['EMPTY', 'The message has no value (a tombstone).'],
];

describeWith(['chromium'], 'the tabs for operators', () => {
  const stage = usePageStage();
  const rows = () => stage.page.locator('.entries tbody tr');
  const dialog = () => stage.page.getByRole('dialog', { name: 'Dead letter' });

  function deadLetter(index: number, value: Buffer, which: number): DeadLetterOutcome {
    const [code, message] = REASONS[which] ?? REASONS[0]!;
    return {
      kind: 'dead letter',
      delivery: makeDelivery(index, {
        key: Buffer.from(`camera-${index}`),
        value,
        headers: [
          ['content-type', 'image/png'],
          ['camera', `gate ${index} <i>north</i>`],
        ],
      }),
      rejection: {
        code,
        message,
        stage: which === 1 ? 'inference' : 'decode',
        attempts: which === 1 ? 3 : 1,
      },
    };
  }

  /** Twelve dead letters, three per reason. */
  function emitDeadLetters(): void {
    const images = readTestImages();
    stage.services.emit(
      Array.from({ length: 12 }, (_, index) => {
        const pixels = Buffer.from(images.pixels(index));
        const png = greyPng(pixels);
        const values = [
          png.subarray(0, png.length - 20),
          pixels,
          Buffer.from('{"temperature": 21.4, "unit": "C"}'),
          Buffer.alloc(0),
        ];
        return deadLetter(index, values[index % 4]!, index % 4);
      }),
    );
  }

  describe.each(LOOKS)('%s', (name, viewport, colorScheme) => {
    it('show dead letters, and the details of one', async () => {
      emitDeadLetters();
      await stage.open('/#/dead-letters', { viewport, colorScheme });
      await rows().nth(11).waitFor();
      await stage.page.waitForLoadState('networkidle');
      await stage.shot(`dead-letters-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
      await stage.page.getByRole('button', { name: 'WORKER_CRASH', exact: true }).first().click();
      await dialog().getByText('gate 9 <i>north</i>').waitFor();
      await stage.shot(`dead-letter-${name}`, 'view');
      await stage.expectNoSeriousFindings();
    });

    it('show the System tab', async () => {
      await stage.open('/#/system', { viewport, colorScheme });
      await stage.page.getByRole('link', { name: 'API documentation' }).waitFor();
      await stage.page.getByText('kafka-0:9092').waitFor();
      await stage.shot(`system-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    });
  });

  describe.each(LOOKS)('%s, with a latency goal', (name, viewport, colorScheme) => {
    it('show the cost of the latency goal', async () => {
      stage.services.latencyGoal = () => LATENCY_GOAL;
      await stage.open('/#/system', { viewport, colorScheme });
      const card = stage.page.getByRole('region', { name: 'Latency goal' });
      await card.getByText('batches of 12 instead of 64: about 18% less throughput').waitFor();
      await card.scrollIntoViewIfNeeded();
      await stage.shot(`latency-goal-${name}`, 'view');
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    });
  });

  it('show why a latency goal cannot be met, and no card without a goal', async () => {
    await stage.open('/#/system');
    await stage.page.getByRole('heading', { name: 'Process' }).waitFor();
    expect(await stage.page.getByRole('heading', { name: 'Latency goal' }).count()).toBe(0);
    const reason =
      'the goal cannot be met: publishing alone takes 35 ms at the 99th percentile; throughput takes precedence; next attempt in 60 s';
    stage.services.latencyGoal = () => ({
      ...LATENCY_GOAL,
      p99Ms: 61.2,
      met: false,
      state: 'unreachable',
      reason,
    });
    const card = stage.page.getByRole('region', { name: 'Latency goal' });
    await card.getByText('publishing alone takes 35 ms').waitFor();
    expect(await card.locator('.mark.is-wrong').textContent()).toBe('currently out of reach');
  });

  it('report that there are no dead letters', async () => {
    await stage.open('/#/dead-letters');
    await stage.page.getByText('No dead letters').waitFor();
    await stage.expectNoSeriousFindings();
  });

  it('show the original as an image, or its kind', async () => {
    emitDeadLetters();
    await stage.open('/#/dead-letters?code=WORKER_CRASH');
    await rows().nth(2).waitFor();
    await stage.page.getByRole('img', { name: 'The original image' }).nth(2).waitFor();
    await stage.page.getByRole('button', { name: /^NOT_AN_IMAGE 3/ }).click();
    await stage.page.locator('.entry-thumbnail', { hasText: 'JSON' }).nth(2).waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/dead-letters?code=NOT_AN_IMAGE');
  });

  it('open a dead letter with the keyboard and redrive it once', async () => {
    emitDeadLetters();
    await stage.open('/#/dead-letters?code=CORRUPT');
    const code = rows().first().getByRole('button', { name: 'CORRUPT' });
    await code.focus();
    await stage.page.keyboard.press('Enter');
    await dialog().getByText('camera-8').waitFor();
    expect(new URL(stage.page.url()).hash).toContain('letter=images%2F0%2F8');
    await dialog().getByRole('button', { name: 'Redrive images/0/8' }).click();
    await dialog()
      .getByText(/^redriven \d\d:/)
      .waitFor();
    await stage.page.keyboard.press('Escape');
    await rows()
      .first()
      .getByText(/^redriven \d\d:/)
      .waitFor();
    expect(stage.services.redriven.map(({ key }) => key?.toString())).toEqual(['camera-8']);
  });

  it('edit a dead letter with a preview of its verdict, and redrive it', async () => {
    const pixels = Buffer.from(readTestImages().pixels(0));
    stage.services.emit([deadLetter(4, greyPng(pixels), 0), deadLetter(5, greyPng(pixels), 1)]);
    await stage.open('/#/dead-letters?code=CORRUPT');
    await stage.page.getByRole('button', { name: 'Redrive images/0/4' }).waitFor();
    expect(await stage.page.locator('.entry-redrive .primary').count()).toBe(0);
    await stage.page.getByRole('button', { name: /^All/ }).click();
    await stage.page.locator('.entry-redrive .primary').waitFor();
    await stage.page.getByRole('button', { name: 'CORRUPT', exact: true }).click();
    await dialog().getByText('Edit and redrive').click();
    await dialog().getByText('87.0% confidence').waitFor();
    await dialog().getByLabel('Content type').fill('image/webp');
    await until(
      () => stage.services.classified.at(-1)?.options.contentType === 'image/webp',
      10_000,
      () => 'no preview with the other content type',
    );
    await dialog()
      .getByRole('button', { name: /^Rotate/ })
      .click();
    await dialog().getByLabel('Invert').check();
    await dialog().getByLabel('left').fill('25');
    await dialog().getByLabel('Other headers').fill('camera: south\nnew: yes');
    await dialog().getByRole('img', { name: 'The edited image' }).waitFor();
    await dialog().getByText('87.0% confidence').waitFor();
    await stage.shot('dead-letter-edit', 'view');
    await stage.expectNoSeriousFindings();
    await dialog().getByRole('button', { name: 'Redrive edited to images' }).click();
    await dialog()
      .getByText(/^redriven \d\d:/)
      .waitFor();
    const [message] = stage.services.redriven;
    expect(message?.headers.map(([name, value]) => [name, String(value)])).toEqual([
      ['redrive-count', '1'],
      ['id', 'images/0/4'],
      ['content-type', 'image/png'],
      ['camera', 'south'],
      ['new', 'yes'],
    ]);
    // Width and height of the PNG: cropped by a quarter, then turned.
    expect([message?.value?.readUInt32BE(16), message?.value?.readUInt32BE(20)]).toEqual([28, 21]);
  });

  it('redrive all of one reason after confirmation, and report the result', async () => {
    emitDeadLetters();
    await stage.open('/#/dead-letters?code=EMPTY');
    await stage.page.getByRole('button', { name: 'Redrive all EMPTY' }).click();
    await stage.page.getByRole('button', { name: 'Cancel' }).click();
    expect(stage.services.redriven).toEqual([]);
    await stage.page.getByRole('button', { name: 'Redrive all EMPTY' }).click();
    await stage.page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await stage.page.getByText('3 originals published again.').waitFor();
    await stage.page.keyboard.press('Escape');
    await stage.page
      .getByText(/^redriven/)
      .nth(2)
      .waitFor();
    expect(stage.services.redriven).toHaveLength(3);
  });

  it('report why a redrive is refused, and offer to force it where allowed', async () => {
    const often = deadLetter(1, Buffer.from('x'), 0);
    stage.services.emit([{ ...often, delivery: { ...often.delivery, headers: [['redrive-count', '3']] } }]);
    await stage.open('/#/dead-letters');
    await stage.page.getByRole('button', { name: 'Redrive images/0/1' }).click();
    await stage.page.getByRole('alert').getByText('it failed again after 3 redrives').waitFor();
    expect(stage.complaints.splice(0)).toHaveLength(1); // The browser logs the 409.
    await stage.page.getByText('Redrive anyway').click();
    await stage.page.getByText(/^redriven \d\d:/).waitFor();
  });

  it('find settings by name or change, with secrets masked', async () => {
    await stage.open('/#/system');
    const settings = stage.page.locator('.settings tbody tr');
    await settings.nth(20).waitFor();
    const cards = await stage.page.locator('#panel-system h2').allInnerTexts();
    const [broker = -1, model = -1, configuration = -1] = ['Broker', 'Model', 'Configuration'].map((title) =>
      cards.indexOf(title),
    );
    expect([broker >= 0, model > broker, configuration > model]).toEqual([true, true, true]);
    await stage.page.getByLabel('Changed only').check();
    await settings.nth(7).waitFor();
    await settings.nth(8).waitFor({ state: 'detached' });
    await stage.page.getByLabel('Find a setting').fill('SASL');
    await stage.page.getByRole('row', { name: 'kafka.properties.sasl.password (masked) file' }).waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/system?changed=true&find=SASL');
    await stage.page.reload();
    await settings.nth(1).waitFor();
    await settings.nth(2).waitFor({ state: 'detached' });
  });
});
