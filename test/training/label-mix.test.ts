import { mixWithOriginals, repeated, splitLabels, without } from '../../src/training/label-mix';
import { createRandom } from '../../src/training/random';
import { readLabels } from '../../src/training/read-labels';
import { makeLabel } from '../helpers/labels';

/** Image i is filled with the number i. */
function images(n: number, from = 0) {
  const pixels = new Uint8Array(n * 784);
  for (let i = 0; i < n; i++) pixels.fill(from + i, i * 784, (i + 1) * 784);
  return { pixels, labels: Uint8Array.from({ length: n }, (_, i) => i % 10) };
}

const firstPixels = ({ pixels }: { readonly pixels: Uint8Array }) =>
  Array.from({ length: pixels.length / 784 }, (_, i) => pixels[i * 784]!);

it('holds out a fifth of the labels, the same ones for a seed', () => {
  const { heldOut, learned } = splitLabels(images(200), createRandom(1));
  expect([heldOut.labels.length, learned.labels.length]).toEqual([40, 160]);
  const all = [...firstPixels(heldOut), ...firstPixels(learned)];
  expect(new Set(all).size).toBe(200);
  expect(firstPixels(splitLabels(images(200), createRandom(1)).heldOut)).toEqual(firstPixels(heldOut));
});

it('repeats labelled images among original ones', () => {
  expect(firstPixels(repeated(images(3), 7))).toEqual([0, 1, 2, 0, 1, 2, 0]);
  const mix = mixWithOriginals(images(20, 100), images(50), createRandom(1));
  const pixels = firstPixels(mix);
  expect(pixels.filter((pixel) => pixel < 50)).toHaveLength(50);
  expect(new Set(pixels.filter((pixel) => pixel >= 100)).size).toBe(20);
});

it('measures on no image that was learned', () => {
  expect(firstPixels(without(images(5), images(2, 3)))).toEqual([0, 1, 2]);
});

describe('readLabels', () => {
  const line = (fields: Parameters<typeof makeLabel>[0] | { label: null; className: null; at: string }) =>
    JSON.stringify({ ...makeLabel(), ...fields });

  it('takes the latest label of each image, in the order of the ids', () => {
    const text = [
      line({ id: 'b', label: 1 }),
      line({ id: 'a', label: 2, at: '2026-01-02T00:00:00.000Z' }),
      line({ id: 'a', label: 3, at: '2026-01-01T00:00:00.000Z' }),
      line({ id: 'c', label: 4 }),
      JSON.stringify({
        ...makeLabel({ id: 'c' }),
        label: null,
        className: null,
        at: '2026-01-03T00:00:00.000Z',
      }),
      '',
    ].join('\n');
    const { labels, pixels } = readLabels(text, 'x');
    expect([[...labels], pixels.length]).toEqual([[2, 1], 2 * 784]);
  });

  it.each([
    ['{', /x, line 1 is not a label/],
    [
      line({ image: { width: 30, height: 28, channels: 1, pixels: Buffer.alloc(840).toString('base64') } }),
      /30×28/,
    ],
    [line({ image: { ...makeLabel().image, pixels: '' } }), /must have as many pixels/],
    [line({ label: 10 }), /class 10/],
  ])('refuses %#', (text, message) => {
    expect(() => readLabels(text, 'x')).toThrow(message);
  });
});
