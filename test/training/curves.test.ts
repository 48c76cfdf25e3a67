import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptEpoch, type EpochPoint } from '../../src/core/training-history';
import { renderCurves } from '../../src/training/curves';

const epoch = (n: number, validationAccuracy: number): EpochPoint => ({
  epoch: n,
  loss: 1 / n,
  accuracy: 1 - 0.5 / n,
  validationLoss: 1.1 / n,
  validationAccuracy,
});
const EPOCHS = [epoch(1, 0.5), epoch(2, 0.9), epoch(3, 0.9), epoch(4, 0.8)];

describe('training curves', () => {
  it('show loss and accuracy of the training images and of the validation images', () => {
    const svg = renderCurves(EPOCHS, 'tiny 1');
    expect(svg.match(/<path class="curve is-in" d="M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){3}"/g)).toHaveLength(2);
    expect(svg.match(/<path class="curve" d="M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){3}"/g)).toHaveLength(2);
    expect(svg).toContain('kept: epoch 2');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each([
    ['one epoch', [epoch(1, 0.5)]],
    ['constant values', [1, 2].map((n) => ({ ...epoch(1, 0), epoch: n, loss: 0, validationLoss: 0 }))],
    ['many epochs', Array.from({ length: 120 }, (_, i) => epoch(i + 1, i / 120))],
  ])('can be drawn for %s', (_, epochs) => {
    const svg = renderCurves(epochs, 'a & b');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('a &#38; b');
  });
});

it.each(['fashion-mnist/1', 'fashion-mnist/2', 'lenet/1', 'lenet/2'])(
  'the curves of %s match its card',
  (folder) => {
    const read = (file: string) => readFileSync(join(__dirname, '../../models', folder, file), 'utf8');
    const { history } = JSON.parse(read('manifest.json')) as { history: EpochPoint[] };
    const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
    const rows = history.map(
      ({ epoch: n, loss, accuracy, validationLoss, validationAccuracy }) =>
        `| ${n} | ${loss.toFixed(4)} | ${percent(accuracy)} | ${validationLoss.toFixed(4)} | ${percent(validationAccuracy)} |`,
    );
    const card = read('MODEL_CARD.md');
    expect(card).toContain(rows.join('\n'));
    expect(card).toContain(
      `${rows.length} of ${rows.length} epochs; the weights are from epoch ${keptEpoch(history)?.epoch},`,
    );
    expect(card).toContain('(curves.svg)');
    expect(read('curves.svg')).toContain(`kept: epoch ${keptEpoch(history)?.epoch}<`);
  },
);

it('the first of the best epochs is kept', () => {
  expect(keptEpoch(EPOCHS)?.epoch).toBe(2);
  expect(keptEpoch([])).toBeUndefined();
});
