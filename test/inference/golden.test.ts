import { FASHION_MNIST } from '../../src/core/model-shape';
import type { Precision } from '../../src/core/precision';
import { assertGolden } from '../../src/inference/golden';
import type { ModelFiles } from '../../src/models/files';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';

/** Two vectors of two classes; in 8-bit integers both differ slightly. */
const files = {
  name: 'tiny',
  version: 1,
  dir: '/models/tiny/1',
  golden: { n: 2, pixels: new Uint8Array(2 * 784), probabilities: Float32Array.of(0.9, 0.1, 0.495, 0.505) },
  int8: { golden: [0.85, 0.15, 0.49, 0.51] },
} as unknown as ModelFiles;

function giving(probabilities: number[], precision: Precision): ModelRuntime {
  return {
    name: 'onnx',
    precision,
    load: () => Promise.resolve(),
    predict: () => Float32Array.from(probabilities),
    predictNumbers: () => Promise.reject(new Error('no numbers')),
    dispose: () => undefined,
  };
}

describe('assertGolden without golden vectors', () => {
  const unverified = (independent: boolean, labels = ['a', 'b']) =>
    ({
      ...files,
      golden: { n: 0, pixels: new Uint8Array(0), probabilities: new Float32Array(0) },
      shape: { ...FASHION_MNIST, labels },
      output: { activation: 'none', independent },
    }) as ModelFiles;

  it.each([
    [false, [0.25, 0.75, 1, 0]],
    [true, [0.9, 0.8, 0, 0]],
  ])('accepts scores of the right form (independent: %s)', async (independent, got) => {
    await assertGolden(giving(got, 'fp32'), unverified(independent));
  });

  it.each<[boolean, number[], RegExp]>([
    [
      false,
      [0.5, 0.5, 0.6, 0.6],
      /not probabilities that add up to 1: their sum is 1\.200;.*classifier\.json/,
    ],
    [false, [2, -1, 1, 0], /one is 2;/],
    [true, [0.5, 0.5, 0.5, 7], /not scores from 0 to 1: one is 7;/],
    [true, [0.5, NaN, 0.5, 0.5], /computes NaN: its weights are damaged/],
  ])('refuses others (independent: %s, %j)', async (independent, got, message) => {
    const promise = assertGolden(giving(got, 'fp32'), unverified(independent));
    await expect(promise).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
    await expect(promise).rejects.toThrow(message);
  });
});

describe('assertGolden', () => {
  it.each<[Precision, number[]]>([
    ['fp32', [0.90005, 0.09995, 0.495, 0.505]],
    ['int8', [0.86, 0.14, 0.48, 0.52]],
  ])('accepts a runtime close to the golden vectors in %s', async (precision, got) => {
    await assertGolden(giving(got, precision), files);
  });

  it.each<[string, number[], RegExp]>([
    ['a number that is off', [0.9, 0.1, 0.496, 0.504], /for class 0 of vector 1 instead of 0\.49/],
    ['NaN', [NaN, 0.1, 0.495, 0.505], /NaN for class 0 of vector 0/],
    ['another count', [0.9, 0.1], /2 probabilities instead of 4/],
  ])('reports %s in float32 as a corrupt model', async (_name, got, message) => {
    const promise = assertGolden(giving(got, 'fp32'), files);
    await expect(promise).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    await expect(promise).rejects.toThrow(message);
  });

  it.each<[string, number[], RegExp]>([
    ['a number that is off', [0.8, 0.2, 0.49, 0.51], /0\.8\d* for class 0 of vector 0 instead of 0\.85/],
    ['NaN', [0.85, 0.15, NaN, 0.51], /NaN/],
    ['another class', [0.85, 0.15, 0.502, 0.498], /class 0 for vector 1 instead of 1/],
  ])('reports %s in 8-bit integers as inaccurate on this processor', async (_name, got, message) => {
    const promise = assertGolden(giving(got, 'int8'), files);
    await expect(promise).rejects.toMatchObject({ code: 'INT8_INACCURATE' });
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toThrow(/on this processor.*--precision fp32/);
  });
});
