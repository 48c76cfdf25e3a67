/** @jest-environment ./test/helpers/one-realm-environment.js */
import * as tf from '@tensorflow/tfjs';
import type { Precision } from '../../../src/core/precision';
import { GOLDEN_TOLERANCE } from '../../../src/inference/golden';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../../src/models/files';
import { calibrate } from '../../../src/inference/onnx/calibrate';
import { compileToInt8, compileToOnnx } from '../../../src/inference/onnx/compile';
import { loadOnnxLibrary } from '../../../src/inference/onnx/library';
import { createRuntime } from '../../../src/inference/runtimes/index';
import { withLayers } from '../../helpers/layers-network';
import type { LayersNetwork } from '../../../src/models/files/model';

const IMAGES = 5;
const PIXELS = Uint8Array.from({ length: IMAGES * 784 }, (_, i) => (i * 7919) % 256);
/** With random weights, agreement only detects a wrong layer, scale or order. */
const INT8_TOLERANCE = 0.05;
const { layers } = tf;
const dense = (units: number, activation?: 'relu' | 'softmax') =>
  layers.dense({ units, ...(activation && { activation }) });
const conv = (filters: number, options: Partial<Parameters<typeof layers.conv2d>[0]> = {}) =>
  layers.conv2d({ filters, kernelSize: 3, ...options });

let shipped: ModelFiles;

beforeAll(async () => {
  await tf.setBackend('cpu');
  shipped = await readModelFiles(await resolveModelDir('fashion-mnist'));
});

const STACKS: [string, () => tf.layers.Layer[]][] = [
  ['convolutions, with and without padding', () => [conv(4), conv(3, { padding: 'same' }), ...head()]],
  [
    'strides and dilations',
    () => [conv(4, { strides: 2, padding: 'same' }), conv(3, { dilationRate: 2 }), ...head()],
  ],
  ['a window that is not square', () => [conv(4, { kernelSize: [1, 5], strides: [2, 1] }), ...head()]],
  ['no bias', () => [conv(4, { useBias: false }), ...head()]],
  [
    'depthwise convolutions',
    () => [conv(3), layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), ...head()],
  ],
  [
    'pooling over the edge',
    () => [conv(3), layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), ...head()],
  ],
  [
    'pooling after a convolution with a normalization',
    () => [
      conv(4),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(3),
      ...head(),
    ],
  ],
  [
    'average pooling over the edge',
    () => [conv(3), layers.averagePooling2d({ poolSize: 3, padding: 'same' }), ...head()],
  ],
  ['global average pooling', () => [conv(6), layers.globalAveragePooling2d({}), dense(10, 'softmax')]],
  [
    'normalization folded into a convolution',
    () => [conv(4), layers.batchNormalization(), layers.activation({ activation: 'relu' }), ...head()],
  ],
  [
    'normalization folded into a depthwise convolution',
    () => [
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 3 }),
      layers.batchNormalization({ scale: false }),
      ...head(),
    ],
  ],
  [
    'normalization after an activation',
    () => [conv(4, { activation: 'relu' }), layers.batchNormalization({ center: false }), ...head()],
  ],
  [
    'normalization between dense layers',
    () => [layers.flatten(), dense(8), layers.batchNormalization(), dense(10, 'softmax')],
  ],
  [
    'dropout, which has no effect at inference',
    () => [
      conv(2),
      layers.dropout({ rate: 0.5 }),
      layers.flatten(),
      layers.dropout({ rate: 0.5 }),
      dense(10, 'softmax'),
    ],
  ],
  [
    'other activations',
    () => [
      conv(2, { activation: 'relu6' }),
      conv(2, { activation: 'tanh' }),
      conv(2, { activation: 'sigmoid' }),
      ...head(),
    ],
  ],
  [
    'a scaling of its own, and activations with options',
    () => [
      layers.rescaling({ scale: 2, offset: -1 }),
      conv(4),
      layers.reLU({ maxValue: 0.4 }),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(3),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.thresholdedReLU({ theta: 0.05 }),
      ...head(),
    ],
  ],
  [
    'layers that only activate',
    () => [conv(2), layers.reLU(), layers.flatten(), dense(10), layers.softmax()],
  ],
];

describe('a model compiled to ONNX computes the same as TF.js', () => {
  it.each(STACKS)('%s', async (_name, stack) => {
    const { files, model } = await made(stack());
    const expected = predict(model, PIXELS);
    const got = await predictOnOnnx(files, 'fp32');
    expect(got).toHaveLength(expected.length);
    // Saturated probabilities (0 and 1) would hide a difference.
    expect(expected.filter((value) => value > 0.01).length).toBeGreaterThan(IMAGES);
    expect(largestDifference(got, expected)).toBeLessThan(GOLDEN_TOLERANCE.fp32);
  });
});

describe.each([1, 2] as const)(
  'a model in 8-bit integers of schema %i computes nearly the same as TF.js',
  (schemaVersion) => {
    it.each(STACKS)('%s', async (_name, stack) => {
      const { files, model } = await made(stack());
      const ranges = await calibrate(loadOnnxLibrary(), files, PIXELS);
      const got = await predictOnOnnx(
        { ...files, int8: { ...shipped.int8!, schemaVersion, ranges } },
        'int8',
      );
      expect(largestDifference(got, predict(model, PIXELS))).toBeLessThan(INT8_TOLERANCE);
      // An exact match would mean that only the weights were quantized.
      expect(Buffer.from(compileToInt8(files, { schemaVersion, ranges })).includes('QuantizeLinear')).toBe(
        Object.keys(ranges).length > 0,
      );
    });
  },
);

describe('a model that cannot be compiled', () => {
  it.each<[string, () => tf.layers.Layer[], RegExp]>([
    [
      'an unknown layer',
      () => [
        layers.flatten(),
        layers.reshape({ targetShape: [28, 28] }),
        layers.lstm({ units: 4 }),
        dense(10),
      ],
      /lstm.*LSTM/,
    ],
    [
      'an unknown activation',
      () => [layers.flatten(), layers.dense({ units: 10, activation: 'gelu_new' })],
      /"gelu_new"/,
    ],
    ['too few values at the end', () => [layers.flatten(), dense(3)], /has 3 outputs instead of 10/],
  ])('is rejected for %s, with its name', async (_name, stack, message) => {
    const { files } = await made(stack());
    expect(() => compileToOnnx(files)).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it.each([
    ['no config', { class_name: 'Sequential' }, /not a Sequential or functional model/],
    [
      'no list of layers',
      { class_name: 'Sequential', config: { layers: {} } },
      /not a Sequential or functional model/,
    ],
    [
      'no class',
      { class_name: 'Sequential', config: [{ config: { name: 'a' } }] },
      /layer 0 has no class_name/,
    ],
    [
      'no name',
      { class_name: 'Sequential', config: { layers: [{ class_name: 'Dense', config: {} }] } },
      /layer 0/,
    ],
    ['an empty layer', { class_name: 'Sequential', config: [null] }, /layer 0/],
  ])('is rejected for %s', (_name, modelTopology, message) => {
    expect(() => compileToOnnx(withLayers(shipped, { modelTopology }))).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('is rejected if it is another class', () => {
    expect(() => compileToOnnx(withLayers(shipped, { modelTopology: { class_name: 'Mine' } }))).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }) as Error,
    );
  });
});

function head(): tf.layers.Layer[] {
  return [layers.flatten(), dense(10, 'softmax')];
}

/** A model with random weights (a fresh normalization would be the identity), in the form of model files. */
async function made(stack: tf.layers.Layer[]): Promise<{ files: ModelFiles; model: tf.Sequential }> {
  const model = tf.sequential({ layers: [layers.inputLayer({ inputShape: [28, 28, 1] }), ...stack] });
  model.setWeights(model.weights.map(({ name, shape }, i) => randomWeight(name, shape as number[], i)));
  const saved: tf.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  const { modelTopology, weightSpecs, weightData } = saved[0]!;
  const files = withLayers(shipped, { modelTopology, weightSpecs, weightData } as LayersNetwork);
  return { files, model };
}

/** Small, so that the softmax does not saturate; a variance is positive. */
function randomWeight(name: string, shape: number[], seed: number): tf.Tensor {
  const inputs = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const reach = 2 / Math.sqrt(inputs);
  const [least, most] = name.includes('variance') ? [0.5, 1.5] : [-reach, reach];
  return tf.randomUniform(shape, least, most, 'float32', seed);
}

function predict(model: tf.Sequential, pixels: Uint8Array): Float32Array {
  return tf.tidy(() => {
    const input = tf
      .tensor4d(Float32Array.from(pixels), [IMAGES, 28, 28, 1])
      .mul(shipped.preprocessing.scale);
    return (model.predict(input) as tf.Tensor).dataSync<'float32'>();
  });
}

async function predictOnOnnx(files: ModelFiles, precision: Precision): Promise<Float32Array> {
  const runtime = createRuntime('onnx', precision);
  await runtime.load(files);
  const probabilities = await runtime.predict(PIXELS, IMAGES);
  await runtime.dispose();
  return probabilities;
}

function largestDifference(some: Float32Array, other: Float32Array): number {
  return some.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0);
}
