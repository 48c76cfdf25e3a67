/** @jest-environment ./test/helpers/one-realm-environment.js */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { compileToOnnx } from '../../src/inference/onnx/compile';
import { adaptForTfjs } from '../../src/inference/runtimes/adapt-topology';
import { RUNTIME_ORDER } from '../../src/inference/runtimes/index';
import { readModelFiles } from '../../src/models/files';
import { kerasFiles, weight, type KerasLayer, type Weight } from '../helpers/keras-model';
import { difference, tensor, withTruth, type Reference } from '../helpers/keras-reference';
import { layersIn } from '../../src/models/files';
import { withLayers } from '../helpers/layers-network';

beforeAll(() => tf.setBackend('cpu'));

const one = (value: number): Weight => ({ shape: [1], values: Float32Array.of(value) });
/** As in an adapted layer; the count of images is an integer. */
const adapted = { mean: one(120), variance: one(4000), count: { shape: [], values: new Float32Array(1) } };
const normalization = (config: object, weights?: Record<string, Weight>): KerasLayer => ({
  class_name: 'Normalization',
  config,
  ...(weights && { weights }),
});
const rescaling = (config: object): KerasLayer => ({ class_name: 'Rescaling', config });
const standard: Reference = (x) => x.sub(120).div(Math.sqrt(4000));

const kernel = weight([3, 3, 1, 4], 1);
const conv: KerasLayer = {
  class_name: 'Conv2D',
  config: { filters: 4, kernel_size: 3, use_bias: false },
  weights: { kernel },
};
const means = [0.1, -0.2, 0.3, 0];
const variances = [1, 2, 0.5, 0.25];
const byChannel = (config: object): [KerasLayer[], Reference] => [
  [rescaling({ scale: 1 / 255 }), conv, normalization({ mean: means, variance: variances, ...config })],
  (x) =>
    tf
      .conv2d(x.mul<tf.Tensor4D>(1 / 255), tensor(kernel) as tf.Tensor4D, 1, 'valid')
      .sub(means)
      .div(tf.sqrt(variances)),
];

const CASES: [string, [KerasLayer[], Reference]][] = [
  ['Rescaling to 0–1', [[rescaling({ scale: 1 / 255, offset: 0 })], (x) => x.div(255)]],
  ['Rescaling to −1–1', [[rescaling({ scale: 1 / 127.5, offset: -1 })], (x) => x.div(127.5).sub(1)]],
  ['Rescaling with lists', [[rescaling({ scale: [0.01], offset: [-0.5] })], (x) => x.mul(0.01).sub(0.5)]],
  [
    'Rescaling behind augmentation',
    [
      [{ class_name: 'RandomFlip', config: { mode: 'horizontal' } }, rescaling({ scale: 1 / 255 })],
      (x) => x.div(255),
    ],
  ],
  ['Normalization with weights', [[normalization({ axis: [-1] }, adapted)], standard]],
  ['Normalization of all values', [[normalization({ axis: null }, adapted)], standard]],
  ['Normalization with options', [[normalization({ axis: [3], mean: [[120]], variance: 4000 })], standard]],
  [
    'inverse Normalization',
    [[normalization({ mean: 0.5, variance: 0.0001, invert: true })], (x) => x.mul(0.01).add(0.5)],
  ],
  ['Normalization by channel', byChannel({})],
];

describe.each(CASES)('%s', (_name, [layers, reference]) => {
  it.each(RUNTIME_ORDER)('is computed by %s, from unscaled pixels', async (runtime) => {
    expect(await difference(runtime, withTruth(layers, reference, { scaling: 1 }))).toBeLessThan(1e-5);
  });
});

describe('a folder written by the converter', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-scaling-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it.each(RUNTIME_ORDER)(
    'has the scaling of its layer on %s, and an integer among its weights',
    async (runtime) => {
      const truth = withTruth([normalization({ axis: [-1] }, adapted)], standard, { scaling: 1 });
      const { modelTopology, weightSpecs, weightData } = layersIn(truth.files);
      const weights = weightSpecs.map((spec) => ({
        ...spec,
        ...(spec.name === 'l0/count' && { dtype: 'int32' }),
      }));
      const weightsManifest = [{ paths: ['weights.bin'], weights }];
      const json = { format: 'layers-model', modelTopology, weightsManifest };
      await writeFile(path.join(folder, 'model.json'), JSON.stringify(json));
      await writeFile(path.join(folder, 'weights.bin'), new Uint8Array(weightData));
      await writeFile(path.join(folder, 'labels.json'), JSON.stringify(truth.files.shape.labels));
      const files = await readModelFiles(folder);
      expect(files.preprocessing.scale).toBe(1);
      expect(await difference(runtime, { ...truth, files })).toBeLessThan(1e-5);
    },
  );
});

describe('an input of integers', () => {
  it.each(RUNTIME_ORDER)('gets unscaled pixels on %s', async (runtime) => {
    const truth = withTruth([rescaling({ scale: 0.5 })], (x) => x.mul(0.5), {
      scaling: 1,
      inputDtype: 'uint8',
    });
    expect(truth.files.preprocessing.scale).toBe(1);
    expect(await difference(runtime, truth)).toBeLessThan(1e-5);
  });
});

describe('a functional model', () => {
  it.each(RUNTIME_ORDER)('is scaled by its own layer on %s', async (runtime) => {
    const layer = { ...normalization({ axis: [-1] }, adapted), inbound_nodes: [[['input', 0, 0, {}]]] };
    const truth = withTruth([layer], standard, { scaling: 1 });
    const layers = layersIn(truth.files).modelTopology['model_config'] as { config: { layers: object[] } };
    const linked = layers.config.layers.map((one, i) => ({
      ...one,
      inbound_nodes: i === 0 ? [] : [[[i === 1 ? 'input' : `l${i - 2}`, 0, 0, {}]]],
    }));
    const config = {
      name: 'model',
      layers: linked,
      input_layers: [['input', 0, 0]],
      output_layers: [['l2', 0, 0]],
    };
    const files = withLayers(truth.files, {
      modelTopology: { model_config: { class_name: 'Functional', config } },
    });
    expect(await difference(runtime, { ...truth, files })).toBeLessThan(1e-5);
  });
});

describe('a scaling without a known meaning is refused by every runtime', () => {
  it.each<[KerasLayer, RegExp]>([
    [normalization({ axis: [-1] }), /l0 \(Normalization\).*mean and variance/],
    [normalization({ axis: [1, 2], mean: 1, variance: 1 }), /axis \[1,2\]/],
    [normalization({ mean: [1, 2], variance: [1, 2, 3] }), /mean and variance/],
    [rescaling({ scale: 'a' }), /l0 \(Rescaling\).*scale and offset/],
    [rescaling({ offset: 1 }), /scale and offset/],
    [rescaling({ scale: 1, gain: 2 }), /gain 2/],
  ])('%j', (layer, message) => {
    const files = kerasFiles([layer, { class_name: 'Flatten' }]);
    const refusal = expect.objectContaining({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(message) as string,
    }) as Error;
    expect(() => compileToOnnx(files)).toThrow(refusal);
    expect(() => adaptForTfjs(files)).toThrow(refusal);
  });

  it('for more values than channels', () => {
    expect(() => compileToOnnx(kerasFiles([rescaling({ scale: [1, 2] })]))).toThrow(
      /2 values for 1 channels/,
    );
  });
});
