/** The tabs on past results: Predictions and Quality. */
import { isDeepStrictEqual } from 'node:util';
import { StreamInferError } from '../../src/core/errors';
import { LOOKS, usePageStage } from '../helpers/page-stage';
import { describeWith } from '../helpers/parts';
import { createOutcome, readTestImages } from '../helpers/services';

jest.setTimeout(120_000);

describeWith(['chromium'], 'the tabs on past results', () => {
  const stage = usePageStage();
  const tiles = () => stage.page.locator('button.tile');

  /** The page updates the address shortly after the view. */
  async function queryBecomes(expected: Record<string, string>): Promise<void> {
    await stage.page.waitForURL(({ hash }) => {
      const fields = Object.fromEntries(new URLSearchParams(hash.split('?')[1]));
      return isDeepStrictEqual(fields, expected);
    });
  }

  /** 120 T-shirts: two in three classified correctly, the others as shirts. */
  function emitShirts(): void {
    const images = readTestImages();
    stage.services.emit(
      Array.from({ length: 120 }, (_, index) =>
        createOutcome({
          index,
          truth: 0,
          label: index % 3 === 0 ? 6 : 0,
          confidence: index % 3 === 0 ? 0.52 : 0.97,
          pixels: images.pixels(index),
        }),
      ),
    );
  }

  it('filters by time, topic, key, partition, model and disagreement, with totals', async () => {
    stage.services.emit(
      Array.from({ length: 40 }, (_, index) =>
        createOutcome({
          index,
          truth: index % 4 === 0 ? 7 : 5,
          label: 5,
          confidence: 0.5 + index / 100,
          key: index % 2 === 0 ? 'camera-1' : 'camera-2',
        }),
      ),
    );
    await stage.open('/#/predictions');
    await stage.page.getByText('40 matches; 75.0% of 40 labelled correct').waitFor();
    await stage.page.getByText('Time range, source and model').click();
    const fill = async (label: string, value: string) => {
      await stage.page.getByLabel(label, { exact: true }).fill(value);
      await stage.page.keyboard.press('Enter');
    };
    await fill('Key', 'camera-1');
    await stage.page.getByText('20 matches; 50.0% of 20').waitFor();
    await fill('Partition', '0');
    await stage.page.getByText('10 matches; 0.0% of 10').waitFor();
    await fill('Model', 'fashion-mnist@1');
    await fill('Topic', 'images');
    await queryBecomes({ key: 'camera-1', partition: '0', model: 'fashion-mnist@1', topic: 'images' });
    await stage.page.getByText('10 matches; 0.0% of 10').waitFor();
    await stage.page.getByLabel('Order').selectOption('confidence');
    await tiles().first().getByTitle('Sneaker → Sandal').getByText('86%').waitFor();
    await fill('Model', 'fashion-mnist@2');
    await stage.page.getByText('No matching predictions').waitFor();
    await stage.page.goBack();
    await tiles().nth(9).waitFor();
    await stage.page.getByRole('button', { name: 'Clear', exact: true }).click();
    await fill('Before', '2020-01-01T00:00:00');
    await stage.page.getByText('No matching predictions').waitFor();
    await stage.page.getByRole('combobox', { name: /^Time/ }).selectOption('1h');
    await queryBecomes({ last: '1h' });
    await tiles().nth(39).waitFor();
    await stage.page.getByLabel('Shadow disagrees').check();
    await stage.page.getByText('No matching predictions').waitFor();
    await stage.expectNoSeriousFindings();
  });

  describe.each(LOOKS)('%s', (name, viewport, colorScheme) => {
    it('show predictions, and the details of one', async () => {
      stage.emit(400);
      await stage.open('/#/predictions', { viewport, colorScheme });
      await tiles().nth(60).waitFor();
      await stage.page.waitForLoadState('networkidle');
      await stage.shot(`predictions-${name}`);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
      await tiles().first().click();
      await stage.page.getByRole('dialog', { name: 'Prediction' }).getByText('images / ').waitFor();
      await stage.shot(`prediction-${name}`, 'view');
      await stage.expectNoSeriousFindings();
    });

    it('show the quality', async () => {
      stage.emit(5000);
      await stage.open('/#/quality', { viewport, colorScheme });
      await stage.page
        .getByRole('link', { name: /^Actual Trouser, predicted Trouser/ })
        .first()
        .waitFor();
      await stage.page
        .getByText(/^predicted \w+/)
        .first()
        .waitFor();
      await stage.shot(`quality-${name}`);
      await stage.expectReadable('.matrix td a');
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    });
  });

  it('filter predictions by class, confidence, id and errors, all in the address', async () => {
    await stage.open('/#/predictions');
    emitShirts();
    await stage.page.getByRole('button', { name: /^Refresh/ }).click();
    await stage.page.getByRole('heading', { name: /^84 predictions/ }).waitFor();

    await stage.page.getByLabel('Predicted').selectOption('Shirt');
    await stage.page.getByRole('heading', { name: /^40 predictions/ }).waitFor();
    await stage.page.getByRole('search').getByLabel('Actual').selectOption('Trouser');
    await stage.page.getByText('No matching predictions').waitFor();
    await queryBecomes({ label: '6', truth: '1' });
    await stage.page.getByRole('button', { name: 'Clear filters' }).click();

    await stage.page.getByLabel('Incorrect only').check();
    await stage.page.getByRole('heading', { name: /^40 predictions/ }).waitFor();
    await stage.page.getByLabel('From', { exact: true }).fill('60');
    await stage.page.getByLabel('From', { exact: true }).press('Tab');
    await stage.page.getByText('No matching predictions').waitFor();
    await queryBecomes({ wrong: 'true', minConfidence: '0.6' });
    await stage.page.getByLabel('Incorrect only').uncheck();
    await stage.page.getByRole('heading', { name: /^80 predictions/ }).waitFor();

    await stage.page.locator('body').press('/');
    await stage.page.locator('#search:focus').waitFor();
    await stage.page.keyboard.type('images/2/2');
    await stage.page.getByLabel('From', { exact: true }).fill('');
    await stage.page.getByLabel('From', { exact: true }).press('Tab');
    await stage.page.locator('button.tile').nth(11).waitFor({ state: 'detached' });
    await queryBecomes({ search: 'images/2/2' });

    await stage.page.reload();
    await expect(stage.page.getByRole('searchbox', { name: 'Id' }).inputValue()).resolves.toBe('images/2/2');
    await stage.page.getByRole('heading', { name: /^11 predictions/ }).waitFor();
  });

  it('page to older predictions and back, also with the back button', async () => {
    emitShirts();
    await stage.open('/#/predictions');
    await stage.page.getByRole('heading', { name: /^84 predictions/ }).waitFor();
    await stage.page.getByRole('button', { name: 'Older' }).click();
    await stage.page.getByRole('heading', { name: /^36 predictions/ }).waitFor();
    await stage.page.waitForURL(/[?&]before=/);
    await stage.page.goBack();
    await stage.page.getByRole('heading', { name: /^84 predictions/ }).waitFor();
    await stage.page.goForward();
    await stage.page.getByRole('heading', { name: /^36 predictions/ }).waitFor();
    await stage.page.getByRole('button', { name: 'Newest' }).click();
    await stage.page.getByRole('heading', { name: /^84 predictions/ }).waitFor();
  });

  it('open a prediction with the keyboard, move to the next ones, and copy it', async () => {
    emitShirts();
    await stage.open('/#/predictions');
    await tiles().first().focus();
    await stage.page.keyboard.press('Enter');
    const dialog = stage.page.getByRole('dialog', { name: 'Prediction' });
    await dialog.getByText('images / 3 / 29').waitFor();
    await stage.page.keyboard.press('ArrowRight');
    await dialog.getByText('images / 2 / 29').waitFor();
    await queryBecomes({ id: 'images/2/29' });
    await dialog.getByRole('button', { name: 'Newer' }).click();
    await dialog.getByText('images / 3 / 29').waitFor();
    await dialog.getByRole('button', { name: 'Copy curl' }).click();
    await dialog.getByText('Copied').waitFor();
    expect(await stage.page.evaluate('navigator.clipboard.readText()')).toBe(
      `curl '${stage.server.url}/api/v1/predictions/images%2F3%2F29'`,
    );
    await stage.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await queryBecomes({});
  });

  it.each([LOOKS[1], LOOKS[2]])(
    'explain a mistake in a picture and in words, %s',
    async (name, viewport, colorScheme) => {
      const pixels = readTestImages().pixels(7);
      stage.services.emit([createOutcome({ index: 2, label: 7, truth: 5, pixels })]);
      await stage.open('/#/predictions?id=images/2/0', { viewport, colorScheme });
      const why = stage.page.getByRole('region', { name: 'Why?' });
      await why.getByRole('button', { name: 'Why Sneaker?' }).focus();
      await stage.page.keyboard.press('Enter');
      await why.getByText('The centre matters most (60% of the importance), then the right (30%).').waitFor();
      await why.getByRole('img', { name: /lowers the score of Sneaker from 87% to 12%/ }).waitFor();
      await stage.shot(`why-${name}`, 'view');
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
      await why.getByRole('button', { name: 'What supports Sandal?' }).click();
      await why.getByRole('img', { name: /lowers the score of Sandal/ }).waitFor();
      expect(stage.services.explained.map((one) => [one.label, one.pixels])).toEqual([
        [7, pixels],
        [5, pixels],
      ]);
      stage.services.failNext = new StreamInferError('OVERLOADED', 'other maps are being computed');
      await why.getByRole('button', { name: 'Why Sneaker?' }).click();
      await why.getByRole('alert').getByText('other maps are being computed').waitFor();
      expect(stage.complaints.splice(0)).toHaveLength(1); // The browser logs the 429.
    },
  );

  it('show the headers of a message from the live feed', async () => {
    await stage.open();
    await stage.page.getByText('Waiting for images').waitFor();
    const { delivery, ...outcome } = createOutcome({ truth: 0 });
    const headers = [['camera', Buffer.from('north <b>gate</b>')]] as const;
    stage.services.emit([{ ...outcome, delivery: { ...delivery, headers } }]);
    await tiles().first().click();
    await stage.page.getByRole('dialog', { name: 'Prediction' }).getByText('north <b>gate</b>').waitFor();
  });

  it('link a cell of the confusion matrix to its predictions', async () => {
    emitShirts();
    await stage.open('/#/quality');
    await stage.page.getByText('80 of 120 labelled').waitFor();
    const cell = stage.page.getByRole('link', { name: 'Actual T-shirt/top, predicted Shirt: 40, 33.3%' });
    await stage.page.getByLabel('% of actual').focus();
    await stage.page.keyboard.press('Space');
    await cell.getByText('33%').waitFor();
    await queryBecomes({ show: 'shares' });
    await cell.focus();
    await stage.page.keyboard.press('Enter');
    await stage.page.getByRole('heading', { name: /^40 predictions/ }).waitFor();
    await queryBecomes({ truth: '0', label: '6' });
  });

  it('describe each chart in words, and show its numbers as a table', async () => {
    emitShirts();
    await stage.open('/#/quality');
    await stage.page.getByText('Mean confidence 82.0%, accuracy 66.7%: overconfident.').waitFor();
    await stage.page.getByText('67% of the predictions have a confidence of at least 95%.').waitFor();
    await stage.page.getByRole('link', { name: /^50–55%: 40, 0% of the labelled ones correct/ }).waitFor();
    await stage.page.locator('summary', { hasText: /: Predictions by confidence/ }).click();
    await stage.page.getByRole('row', { name: '95–100% 80 80 80' }).waitFor();
  });
});
