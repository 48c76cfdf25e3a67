import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeImage } from '../../src/codec/encode-image';
import type { ModelShape } from '../../src/core/model-shape';
import { createRandom } from '../../src/training/random';
import { dense, input, writeJson, writeLayers, type WrittenLayer } from './own-model';

/** A model of layers like a small MobileNet, which classifies pictures by their strongest colour. */
export const COLORS = ['red', 'green', 'blue'] as const;
const [HEIGHT, WIDTH] = [12, 16] as const;
export const COLOR_SHAPE: ModelShape = {
  height: HEIGHT,
  width: WIDTH,
  channels: 3,
  resize: 'stretch',
  invert: 'never',
  labels: COLORS,
};
const SIZE = HEIGHT * WIDTH * 3;
const WINDOW = 9;

/** Writes the model; a bias moves unsure pictures to blue. */
export async function writeColorModel(folder: string, { blue = 0 } = {}): Promise<void> {
  const conv = { name: 'conv', filters: 3, kernel_size: [3, 3], padding: 'same', use_bias: false };
  const depthwise = { name: 'depthwise', kernel_size: [3, 3], padding: 'same', use_bias: false };
  const layers: WrittenLayer[] = [
    input([HEIGHT, WIDTH, 3]),
    { class_name: 'Conv2D', config: { ...conv, activation: 'relu' } },
    { class_name: 'DepthwiseConv2D', config: { ...depthwise, activation: 'relu6' } },
    { class_name: 'GlobalAveragePooling2D', config: { name: 'pooling' } },
    { ...dense(3, 'softmax'), config: { ...dense(3, 'softmax').config, use_bias: true } },
  ];
  const diagonal = (value: number): number[] => [value, 0, 0, 0, value, 0, 0, 0, value];
  const weights = [
    { name: 'sequential_4/conv/kernel', shape: [3, 3, 3, 3] },
    { name: 'sequential_4/depthwise/kernel', shape: [3, 3, 3, 1] },
    { name: 'sequential_4/dense/kernel', shape: [3, 3] },
    { name: 'sequential_4/dense/bias', shape: [3] },
  ];
  const average = Array.from({ length: WINDOW }, () => diagonal(1 / WINDOW)).flat();
  const values = [...average, ...Array<number>(3 * WINDOW).fill(1 / WINDOW), ...diagonal(16), 0, 0, blue];
  await mkdir(folder, { recursive: true });
  await writeLayers(folder, { layers, weights, data: new Uint8Array(Float32Array.from(values).buffer) });
  await writeJson(folder, 'labels.json', COLORS);
}

/** Picture number i: class i % 3, brighter than the other two channels by a contrast of 30 to 90 levels. */
export function colorPixels(i: number, contrast = 30 + (i % 7) * 10): Uint8Array {
  const random = createRandom(i + 1);
  const base = 40 + Math.floor(random() * 60);
  return Uint8Array.from({ length: SIZE }, (_, at) => {
    const own = at % 3 === i % 3 ? contrast : 0;
    return base + own + Math.floor(random() * 20);
  });
}

export async function colorPng(i: number, contrast?: number): Promise<Buffer> {
  return (await encodeImage(Buffer.from(colorPixels(i, contrast)), 'png', COLOR_SHAPE)).value;
}

/** Writes pictures in a subfolder for each class, or all in one folder. */
export async function writeColorPictures(folder: string, count: number, byClass = true): Promise<void> {
  for (let i = 0; i < count; i++) {
    const own = byClass ? path.join(folder, COLORS[i % 3] as string) : folder;
    await mkdir(own, { recursive: true });
    await writeFile(path.join(own, `${i}.png`), await colorPng(i));
  }
}
