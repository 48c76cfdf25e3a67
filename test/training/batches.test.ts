import { createBatch, type TrainingChanges } from '../../src/training/batches';
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

describe('an augmented image', () => {
  const white = { pixels: new Uint8Array(784).fill(255), labels: Uint8Array.of(0) };
  const augmented = (changes: Omit<TrainingChanges, 'random'>, random = createRandom(1)) =>
    createBatch(white, Uint32Array.of(0), { random, ...changes }).inputs;

  it('is the same as before if a change is off, with the same random numbers', () => {
    const random = createRandom(1);
    expect(augmented({ rotation: 0, inversion: 0, erasing: 0 }, random)).toEqual(augmented({}));
    const mirroredOnly = createRandom(1);
    mirroredOnly();
    expect(random.state()).toBe(mirroredOnly.state());
  });

  it('is inverted in the given share', () => {
    const random = createRandom(1);
    const inverted = Array.from({ length: 1_000 }, () => augmented({ inversion: 0.1 }, random)[0]);
    expect(inverted.filter((pixel) => pixel === 0).length / 1_000).toBeCloseTo(0.1, 1);
    expect(new Set(inverted)).toEqual(new Set([0, 1]));
  });

  it('loses one rectangle, of 2 to 25 % of the pixels', () => {
    const random = createRandom(2);
    for (let i = 0; i < 200; i++) {
      const erased = [...augmented({ erasing: 0.999 }, random)].flatMap((pixel, at) =>
        pixel < 1 ? [at] : [],
      );
      const sides = [(at: number) => at % 28, (at: number) => Math.floor(at / 28)].map(
        (axis) => new Set(erased.map(axis)).size,
      );
      expect(sides[0]! * sides[1]!).toBe(erased.length);
      expect(erased.length).toBeGreaterThan(0.01 * 784);
      expect(erased.length).toBeLessThanOrEqual(0.25 * 784);
    }
  });

  it('is rotated in three of ten cases, by no more than the limit', () => {
    const bar = { ...white, pixels: Uint8Array.from({ length: 784 }, (_, i) => (i % 28 < 14 ? 255 : 0)) };
    const random = createRandom(3);
    const tops = Array.from({ length: 1_000 }, () => {
      const { inputs } = createBatch(bar, Uint32Array.of(0), { random, rotation: 10 });
      const row = [...inputs.subarray(2 * 28, 3 * 28)];
      const edge = row.reduce((sum, pixel) => sum + pixel, 0);
      return Math.abs(edge - 14);
    });
    const rotatedShare = tops.filter((moved) => moved > 0.01).length / 1_000;
    expect(rotatedShare).toBeCloseTo(0.3, 1);
    // tan 10° × 11.5 rows above the centre, plus the black corner.
    expect(Math.max(...tops)).toBeLessThan(3);
    expect(Math.max(...tops)).toBeGreaterThan(1.5);
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
