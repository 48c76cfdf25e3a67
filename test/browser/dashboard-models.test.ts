/** The tab Models: versions, rollouts, training and calibration. */
import { createOutcome, readTestImages } from '../helpers/services';
import { LOOKS, usePageStage } from '../helpers/page-stage';
import { describeWith } from '../helpers/parts';

jest.setTimeout(120_000);

describeWith(['chromium'], 'the tab Models', () => {
  const stage = usePageStage();
  const rollout = () => stage.page.getByRole('region', { name: 'Canary and shadow' });

  it('shows model versions, loads one, reports a refusal, and rolls back', async () => {
    await stage.open('/#/models');
    const versions = stage.page.locator('.versions tbody tr');
    await versions.nth(2).waitFor();
    await stage.page.getByRole('row', { name: /^3 .*Refused/ }).waitFor();
    await stage.page.getByRole('row', { name: /^Version 3: it is slow/ }).waitFor();
    await stage.page.getByRole('button', { name: 'Load version 3' }).click();
    await stage.page.getByText('fashion-mnist@3 is not taken: it is slow.').waitFor();
    expect(stage.complaints.splice(0)).toHaveLength(1); // The browser logs the 422.
    await stage.page.getByRole('button', { name: 'Load version 2' }).click();
    await stage.page.getByRole('row', { name: /^2 .*Active/ }).waitFor();
    await stage.page.getByRole('button', { name: 'Roll back from version 2' }).click();
    await stage.page.getByRole('row', { name: /^1 .*Active/ }).waitFor();
    expect(stage.services.model()?.version).toBe(1);
  });

  it('compares a canary and a shadow with the active version over time, and promotes', async () => {
    stage.services.emit([createOutcome({ index: 7, pixels: readTestImages().pixels(7), truth: 6 })]);
    await stage.open('/#/models');
    const version = rollout().getByRole('combobox', { name: /^Version/ });
    await version.selectOption('2');
    await rollout().getByLabel('Percent').fill('12.5');
    await rollout().getByRole('button', { name: 'Start canary' }).click();
    await rollout().getByText('Version 2 predicts for 12.5% of the keys.').waitFor();
    await rollout().getByRole('row', { name: '2 1,200 92.5% of 1,000 93.0%' }).waitFor();
    await stage.page
      .getByRole('img', { name: /^Accuracy from .*: 90.0% to 92.0%, candidate 88.0%/ })
      .waitFor();
    await rollout().getByRole('button', { name: 'End canary' }).click();

    await version.selectOption('2');
    await rollout().getByRole('button', { name: 'Start shadow' }).click();
    await rollout().getByText('31 disagreements (2.58%), 64 skipped.').waitFor();
    await stage.page.getByRole('radio', { name: 'Disagreement' }).check();
    await stage.page.getByRole('img', { name: /^Disagreement from .*: 5.0% to/ }).waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/models?measure=disagreement');
    await stage.page
      .getByRole('button', { name: /^images\/3\/1: version 1 says T-shirt\/top .*, version 2 says Shirt/ })
      .click();
    await stage.page.getByRole('dialog', { name: 'Prediction' }).getByText('images/3/1').first().waitFor();
    await stage.page.keyboard.press('Escape');
    await rollout().getByRole('button', { name: 'Promote version 2' }).click();
    await stage.page.getByRole('row', { name: /^2 .*Active/ }).waitFor();
  });

  it('shows the training and the calibration of a chosen version', async () => {
    await stage.open('/#/models');
    await stage.page.getByRole('heading', { name: 'Training of fashion-mnist v1' }).waitFor();
    await stage.page.getByText(/^18 epochs; the weights are from epoch/).waitFor();
    await stage.page.locator('.models-head').getByRole('combobox', { name: 'Version' }).selectOption('2');
    await stage.page.getByRole('heading', { name: 'Calibration of fashion-mnist v2' }).waitFor();
    await stage.page.getByText(/^36 epochs; the weights are from epoch/).waitFor();
    await stage.page.getByText(/^Calibration error on 5,000 held-out images/).waitFor();
    expect(new URL(stage.page.url()).hash).toBe('#/models?version=2');
  });

  it.each([...LOOKS, ['middle light', { width: 768, height: 1024 }, 'light'] as const])(
    'is accessible and fits, %s',
    async (name, viewport, colorScheme) => {
      stage.services.emit([createOutcome({ index: 7, pixels: readTestImages().pixels(7), truth: 6 })]);
      await stage.services.models()?.startRollout({ mode: 'shadow', share: 1, version: 2 });
      Object.assign(stage.services, { served: ['fashion-mnist', 'garments-of-the-second-camera'] });
      await stage.open('/#/models', { viewport, colorScheme });
      await stage.page.getByRole('combobox', { name: 'Model' }).waitFor();
      await stage.page.getByRole('heading', { name: 'Calibration of fashion-mnist v2' }).waitFor();
      await stage.page.locator('.opinions img').first().waitFor();
      await stage.shot(`models ${name}`);
      // Brand, selector and status in one row.
      const [brand, choice] = [stage.page.locator('.logo'), stage.page.locator('.model-choice')];
      expect((await choice.boundingBox())?.y).toBeLessThan(((await brand.boundingBox())?.y ?? 0) + 26);
      await stage.expectNoSeriousFindings();
      await stage.expectNoSidewaysScroll();
    },
  );
});
