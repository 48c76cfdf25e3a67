import { createBatch } from '../../src/training/batches';
import { selectGolden } from '../../src/training/split';
import { createPermutation, createRandom } from '../../src/training/random';

const images = {
  pixels: Uint8Array.from({ length: 2 * 784 }, (_, i) => (i < 784 ? i % 28 : 255)),
  labels: Uint8Array.of(3, 9),
};

describe('createBatch', () => {
  it('scales to 0–1 and creates one-hot targets in the given order', () => {
    const { size, inputs, targets } = createBatch(images, Uint32Array.of(1, 0));
    expect(size).toBe(2);
    expect(inputs[0]).toBe(1);
    expect(inputs[784 + 28 + 5]).toBeCloseTo(5 / 255);
    expect([...targets].flatMap((value, i) => (value === 1 ? [i] : []))).toEqual([9, 13]);
  });

  it('mirrors depending on the random number', () => {
    const mirrored = createBatch(images, Uint32Array.of(0), { random: () => 0.1 }).inputs;
    const plain = createBatch(images, Uint32Array.of(0), { random: () => 0.9 }).inputs;
    for (const y of [0, 13, 27]) {
      for (const x of [0, 1, 14, 27]) expect(mirrored[y * 28 + x]).toBe(plain[y * 28 + 27 - x]);
    }
  });

  it('shifts images within the limit, with black edges', () => {
    // Not mirrored; to the left as far as possible, then down as far as possible.
    const numbers = [0.9, 0, 0.99];
    const { inputs } = createBatch(images, Uint32Array.of(0), { random: () => numbers.shift()!, shift: 2 });
    for (const x of [0, 14, 25]) {
      expect([inputs[x], inputs[28 + x]]).toEqual([0, 0]);
      expect(inputs[2 * 28 + x]).toBeCloseTo((x + 2) / 255);
    }
    expect(inputs[5 * 28 + 26]).toBe(0);
  });

  it('mirrors before it shifts', () => {
    const numbers = [0.1, 0.99, 0.5];
    const { inputs } = createBatch(images, Uint32Array.of(0), { random: () => numbers.shift()!, shift: 1 });
    expect(inputs[0]).toBe(0);
    for (const x of [1, 14, 27]) expect(inputs[28 + x]).toBeCloseTo((27 - (x - 1)) / 255);
  });

  it('distributes a share of the target over all classes', () => {
    const { targets } = createBatch(images, Uint32Array.of(0), { random: () => 0.9, labelSmoothing: 0.1 });
    expect(targets[3]).toBeCloseTo(0.91);
    expect(targets[0]).toBeCloseTo(0.01);
    expect(targets.reduce((a, b) => a + b)).toBeCloseTo(1);
  });
});

describe('createRandom', () => {
  it('continues from its state', () => {
    const random = createRandom(5);
    random();
    const other = createRandom(random.state());
    expect([other(), other()]).toEqual([random(), random()]);
  });

  it('is reproducible by seed, and uniform', () => {
    const take = (seed: number, n: number) => Array.from({ length: n }, createRandom(seed));
    expect(take(1, 5)).toEqual(take(1, 5));
    expect(take(1, 5)).not.toEqual(take(2, 5));
    const mean = take(3, 10_000).reduce((a, b) => a + b) / 10_000;
    expect(mean).toBeCloseTo(0.5, 1);
  });

  it('shuffles without losing anything', () => {
    const order = createPermutation(1000, createRandom(1));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(1000);
  });
});

it('selectGolden takes an image of every class, then the first others', () => {
  const labels = Uint8Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
  const pixels = Uint8Array.from({ length: 40 * 784 }, (_, i) => Math.floor(i / 784));
  const golden = selectGolden({ pixels, labels });
  expect([...golden.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 1, 1, 1]);
  expect([golden.pixels[784], golden.pixels[10 * 784]]).toEqual([4, 1]);
});
