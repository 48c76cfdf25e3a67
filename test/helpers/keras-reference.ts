import * as tf from '@tensorflow/tfjs';
import type { RuntimeName } from '../../src/core/runtime-name';
import { createRuntime } from '../../src/inference/runtimes/index';
import type { ModelFiles } from '../../src/models/files';
import { head, kerasFiles, type KerasLayer, type KerasModelOptions, type Weight } from './keras-model';

/** The features of the layers, computed with operations of TF.js alone. */
export type Reference = (input: tf.Tensor4D) => tf.Tensor;

const IMAGES = 3;

export function tensor({ values, shape }: Weight): tf.Tensor {
  return tf.tensor(values, [...shape]);
}

/** A model of these layers with a softmax behind them, raw pixels, and the probabilities that are right. */
export function withTruth(
  layers: readonly KerasLayer[],
  reference: Reference,
  options: KerasModelOptions & { readonly scaling?: number } = {},
): { files: ModelFiles; pixels: Uint8Array; expected: Float32Array } {
  const { height = 6, width = 5, scaling = 1 / 255 } = options;
  const pixels = Uint8Array.from({ length: IMAGES * height * width }, (_, i) => (i * 7919) % 256);
  const input = tf.tensor4d(Float32Array.from(pixels), [IMAGES, height, width, 1]).mul(scaling);
  const features = reference(input as tf.Tensor4D).reshape([IMAGES, -1]);
  const end = head(features.shape[1]!);
  const { kernel, bias } = end[1]!.weights as Record<string, Weight>;
  const logits = features.matMul(tensor(kernel!) as tf.Tensor2D).add(tensor(bias!));
  const files = kerasFiles([...layers, ...end], options);
  return { files, pixels, expected: tf.softmax(logits).dataSync<'float32'>() };
}

/** The largest difference between the runtime's probabilities and the expected ones. */
export async function difference(
  runtime: RuntimeName,
  { files, pixels, expected }: ReturnType<typeof withTruth>,
): Promise<number> {
  const loaded = createRuntime(runtime, 'fp32');
  await loaded.load(files);
  const got = await loaded.predict(pixels, IMAGES);
  await loaded.dispose();
  // TF.js has one backend for all models of a thread.
  await tf.setBackend('cpu');
  expect(got).toHaveLength(expected.length);
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}
