import { loadChecked } from '../../src/inference/golden';
import { createRuntime } from '../../src/inference/runtimes/index';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';
import type { RuntimeName } from '../../src/core/runtime-name';
import {
  descriptionOf,
  type ModelFiles,
  type Network,
  type Preprocessing,
} from '../../src/models/files/model';
import { kerasFiles, weight } from './keras-model';

/** Images of 4 × 3 colour pixels, which a model multiplies by a kernel. */
export const SIZES = [4, 3, 3] as const;
export const FEATURES = 36;
export const CLASSES = 3;
export const KERNEL = weight([FEATURES, CLASSES], 3).values;
const IMAGES = 5;
const PIXELS = Uint8Array.from({ length: IMAGES * FEATURES }, (_, i) => (i * 7919) % 256);

export const RGB: Preprocessing = {
  scale: 1 / 255,
  offset: 0,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  order: 'rgb',
};
export const BGR: Preprocessing = {
  scale: 0.01,
  offset: 0.5,
  mean: [0.1, 0.2, 0.3],
  std: [1, 2, 3],
  order: 'bgr',
};

/** A model of these images, whose network the test gives. */
export function colorModel(
  network: Network,
  preprocessing: Preprocessing,
  more: Partial<ModelFiles> = {},
): ModelFiles {
  const files = kerasFiles([]);
  const labels = ['a', 'b', 'c'];
  const shape = { ...files.shape, height: 4, width: 3, channels: 3 as const, labels };
  return { ...files, network, shape, preprocessing, ...more };
}

/** Softmax of the preprocessed pixels times the kernel, in float64; `change` rounds a value, for networks of integers. */
export function expected(
  { scale, offset, mean, std, order }: Preprocessing,
  { kernel = KERNEL, layout = 'nhwc', change = (value: number) => value } = {},
): number[] {
  return Array.from({ length: IMAGES }, (_, image) => {
    const logits = new Array<number>(CLASSES).fill(0);
    for (let i = 0; i < FEATURES; i++) {
      const [channel, place] = [i % 3, Math.floor(i / 3)];
      const pixel = PIXELS[image * FEATURES + place * 3 + (order === 'bgr' ? 2 - channel : channel)]!;
      const value = change((pixel * scale + offset - mean[channel]!) / std[channel]!);
      const feature = layout === 'nhwc' ? i : channel * 12 + place;
      for (let c = 0; c < CLASSES; c++) logits[c]! += value * kernel[feature * CLASSES + c]!;
    }
    const powers = logits.map(Math.exp);
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((one) => one / total);
  }).flat();
}

/** The same for numbers that the network is fed without preprocessing. They lie between pixels. */
export async function differenceOfNumbers(runtime: RuntimeName, files: ModelFiles): Promise<number> {
  const { scale, offset, mean, std, order } = files.preprocessing;
  const { layout } = descriptionOf(files);
  const right = expected(files.preprocessing, { layout, change: (value) => value + BETWEEN });
  const numbers = new Float32Array(PIXELS.length);
  for (const [i, pixel] of PIXELS.entries()) {
    const [image, place, color] = [Math.floor(i / FEATURES), Math.floor((i % FEATURES) / 3), i % 3];
    const channel = order === 'bgr' ? 2 - color : color;
    const feature = layout === 'nhwc' ? place * 3 + channel : channel * 12 + place;
    const value = (pixel * scale + offset - mean[channel]!) / std[channel]!;
    numbers[image * FEATURES + feature] = value + BETWEEN;
  }
  return await worst(runtime, files, right, (loaded) => loaded.predictNumbers(numbers, IMAGES));
}

/** Between the numbers of two pixels. */
const BETWEEN = 0.001;

/** The largest difference between the runtime's scores and the right ones. */
export async function differenceOn(
  runtime: RuntimeName,
  files: ModelFiles,
  right: readonly number[],
): Promise<number> {
  return await worst(runtime, files, right, async (loaded) => await loaded.predict(PIXELS, IMAGES));
}

async function worst(
  runtime: RuntimeName,
  files: ModelFiles,
  right: readonly number[],
  predict: (loaded: ModelRuntime) => Promise<Float32Array>,
): Promise<number> {
  const loaded = await loadChecked(createRuntime(runtime, 'fp32'), files);
  try {
    const got = await predict(loaded);
    expect(got).toHaveLength(right.length);
    return Math.max(...right.map((value, i) => Math.abs(value - got[i]!)));
  } finally {
    await loaded.dispose();
  }
}
