/** @jest-environment ./test/helpers/one-realm-environment.js */
import * as tf from '@tensorflow/tfjs';
import { calibrate } from '../../../src/inference/onnx/calibrate';
import { compileToInt8 } from '../../../src/inference/onnx/compile';
import { loadOnnxLibrary } from '../../../src/inference/onnx/library';
import {
  differenceOf,
  filesOf,
  largestDifference,
  pixelsFor,
  runCompiled,
  runModel,
  runTfjs,
  withRandomWeights,
  IMAGES,
  type Size,
} from '../../helpers/tfjs-graph';

type Values = tf.SymbolicTensor;

const { layers } = tf;
const SIZE: Size = { height: 7, width: 6, channels: 3 };
const conv = (filters: number, options: Partial<Parameters<typeof layers.conv2d>[0]> = {}) =>
  layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...options });
const on = (layer: tf.layers.Layer, ...inputs: Values[]): Values =>
  layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as Values;
const inARow =
  (...stack: tf.layers.Layer[]) =>
  (input: Values): Values =>
    stack.reduce((values, layer) => on(layer, values), input);

beforeAll(() => tf.setBackend('cpu'));

/** With a Dense for all values at the end, unless the values are a list of numbers already. */
function modelOf(apply: (input: Values) => Values, shape: number[] = [7, 6, 3]): tf.LayersModel {
  const inputs = tf.input({ shape });
  const features = apply(inputs);
  const flat = features.shape.length === 2 ? features : on(layers.flatten(), features);
  return withRandomWeights(tf.model({ inputs, outputs: on(layers.dense({ units: 5 }), flat) }));
}

const squeeze = (input: Values): Values => {
  const features = on(conv(4), input);
  const pooled = on(
    layers.reshape({ targetShape: [1, 1, 4] }),
    on(layers.globalAveragePooling2d({}), features),
  );
  return on(layers.multiply(), features, on(conv(4, { kernelSize: 1, activation: 'sigmoid' }), pooled));
};
const merged =
  (merge: () => tf.layers.Layer, count = 2) =>
  (input: Values): Values =>
    on(merge(), ...Array.from({ length: count }, () => on(conv(4), input)));
const concatenated =
  (axis: number, first: tf.layers.Layer, second: tf.layers.Layer) =>
  (input: Values): Values =>
    on(layers.concatenate({ axis }), on(first, input), on(second, input));
const activated = (activation: string): [string, (input: Values) => Values] => [
  `the activation ${activation}`,
  inARow(conv(4, { activation: activation as 'relu' })),
];
const transposed = (
  kernelSize: number,
  strides: number,
  padding: 'same' | 'valid',
): [string, (input: Values) => Values] => [
  `conv2dTranspose of ${kernelSize}, strides ${strides}, ${padding}`,
  inARow(layers.conv2dTranspose({ filters: 2, kernelSize, strides, padding, activation: 'tanh' })),
];

const LAYERS: [string, (input: Values) => Values][] = [
  ['add', merged(() => layers.add(), 3)],
  ['multiply', merged(() => layers.multiply(), 3)],
  ['average', merged(() => layers.average(), 3)],
  ['maximum', merged(() => layers.maximum())],
  ['minimum', merged(() => layers.minimum())],
  ['a layer of 1×1 that is repeated', squeeze],
  ['concatenated channels', concatenated(-1, conv(4), conv(2))],
  ['concatenated rows', concatenated(1, conv(4), conv(4, { padding: 'valid', kernelSize: [3, 1] }))],
  ['concatenated columns', concatenated(2, conv(4), conv(4, { padding: 'valid', kernelSize: [1, 3] }))],
  [
    'concatenated lists',
    (input) =>
      on(layers.concatenate(), on(layers.flatten(), input), on(layers.flatten(), on(conv(2), input))),
  ],
  [
    'a sum of flattened images',
    (input) => on(layers.add(), on(layers.flatten(), on(conv(3), input)), on(layers.flatten(), input)),
  ],
  [
    'a sum of a flattened image and a list',
    (input) => {
      const flat = on(layers.flatten(), input);
      return on(layers.add(), flat, on(layers.dense({ units: 126 }), flat));
    },
  ],
  ['a normalization behind a flatten', inARow(layers.flatten(), layers.batchNormalization())],
  ['a reshape of an image', inARow(conv(4), layers.reshape({ targetShape: [6, 14, 2] }), conv(3))],
  [
    'a reshape to a list of lists',
    inARow(layers.reshape({ targetShape: [42, 3] }), layers.dense({ units: 4 })),
  ],
  [
    'shuffled channels',
    inARow(
      conv(6),
      layers.reshape({ targetShape: [7, 6, 2, 3] }),
      layers.permute({ dims: [1, 2, 4, 3] }),
      layers.reshape({ targetShape: [7, 6, 6] }),
      conv(2),
    ),
  ],
  ['permuted axes', inARow(layers.permute({ dims: [3, 1, 2] }), conv(2))],
  [
    'zero padding',
    inARow(
      layers.zeroPadding2d({
        padding: [
          [0, 1],
          [2, 3],
        ],
      }),
      conv(2, { padding: 'valid' }),
    ),
  ],
  [
    'cropping',
    inARow(
      layers.cropping2D({
        cropping: [
          [1, 2],
          [0, 1],
        ],
      }),
      conv(2),
    ),
  ],
  ['nearest upsampling', inARow(layers.upSampling2d({ size: [2, 3] }), conv(2))],
  [
    'separable convolution',
    inARow(
      layers.separableConv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2 }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
    ),
  ],
  ['a window smaller than its steps', inARow(conv(4, { kernelSize: 1, strides: 3 }))],
  [
    'a pooling smaller than its steps',
    inARow(layers.maxPooling2d({ poolSize: 1, strides: 4, padding: 'same' })),
  ],
  transposed(3, 1, 'same'),
  transposed(3, 2, 'same'),
  transposed(2, 3, 'same'),
  transposed(3, 2, 'valid'),
  transposed(1, 2, 'valid'),
  ['dense on an image', inARow(layers.dense({ units: 4, activation: 'relu' }), conv(2))],
  ['dense on an image with a normalization', inARow(layers.dense({ units: 4 }), layers.batchNormalization())],
  ['a slope for each value', inARow(conv(4), layers.prelu())],
  ['a slope for each channel', inARow(conv(4), layers.prelu({ sharedAxes: [1, 2] }))],
  ['a slope behind a flatten', inARow(layers.batchNormalization(), layers.flatten(), layers.prelu())],
  ['an exponential unit', inARow(conv(4), layers.elu())],
  ['layer normalization', inARow(conv(4), layers.layerNormalization())],
  ['layer normalization of all values', inARow(conv(4), layers.layerNormalization({ axis: [1, 2, 3] }))],
  ['layer normalization of a list', inARow(layers.flatten(), layers.layerNormalization({ scale: false }))],
  ['global maximum', inARow(conv(4), layers.globalMaxPooling2d({}))],
  ['softmax over channels', inARow(conv(4), layers.softmax({ axis: -1 }))],
  [
    'softmax over a list of lists',
    inARow(layers.reshape({ targetShape: [14, 9] }), layers.softmax({ axis: -1 })),
  ],
  [
    'a normalization whose input has other uses',
    (input) => {
      const features = on(conv(4), input);
      return on(layers.add(), features, on(layers.batchNormalization(), features));
    },
  ],
  [
    'a shared layer',
    (input) => {
      const shared = conv(3);
      return on(layers.add(), on(shared, input), on(shared, on(shared, input)));
    },
  ],
  [
    'models inside the model',
    (input) => {
      const inner = tf.sequential({
        layers: [conv(3, { inputShape: [7, 6, 3] }), layers.reLU({ maxValue: 6 })],
      });
      const outer = tf.sequential({ layers: [inner, layers.batchNormalization()] });
      return on(layers.add(), on(outer, input), input);
    },
  ],
  ...['elu', 'selu', 'gelu', 'swish', 'mish', 'hardSigmoid', 'softplus', 'softsign', 'tanh', 'relu6'].map(
    activated,
  ),
];

it.each(LAYERS)('a compiled graph computes %s as TF.js does', async (_name, apply) => {
  expect(await differenceOf(modelOf(apply), SIZE)).toBeLessThan(1e-5);
});

describe('an input', () => {
  it.each<[string, number[], Size]>([
    ['without channels', [7, 6], { height: 7, width: 6, channels: 1 }],
    ['of grey values in a row', [42], { height: 7, width: 6, channels: 1 }],
    ['of colours in a row', [126], SIZE],
  ])('%s is right', async (_name, shape, size) => {
    expect(await differenceOf(modelOf(inARow(layers.dense({ units: 4 })), shape), size)).toBeLessThan(1e-5);
  });

  it('of another size is refused', async () => {
    const files = await filesOf(modelOf(inARow(conv(2))), { ...SIZE, width: 9 });
    await expect(runCompiled(files, pixelsFor(SIZE))).rejects.toThrow(
      /takes \[7,6,3\] values instead of \[7,9,3\]/,
    );
  });

  it('of blue, green and red with a mean and a deviation for each is made from red, green and blue', async () => {
    const model = modelOf(inARow(conv(2)));
    const [scale, offset, mean, std] = [1 / 127.5, -1, [0.1, 0.2, -0.3], [0.5, 1, 2]];
    const files = await filesOf(model, SIZE, { scale, offset, mean, std, order: 'bgr' });
    const pixels = pixelsFor(SIZE);
    const expected = tf.tidy(() => {
      const input = tf.tensor4d(Float32Array.from(pixels), [IMAGES, 7, 6, 3]).reverse(3);
      const fed = input.mul(scale).add(offset).sub(mean).div(std);
      return (model.predict(fed) as tf.Tensor).dataSync<'float32'>();
    });
    expect(largestDifference(await runCompiled(files, pixels), expected)).toBeLessThan(1e-5);
  });
});

describe('an output', () => {
  it('may be a flattened image', async () => {
    const input = tf.input({ shape: [7, 6, 3] });
    const features = on(conv(2, { padding: 'valid' }), input);
    const model = withRandomWeights(tf.model({ inputs: input, outputs: on(layers.flatten(), features) }));
    expect(await differenceOf(model, SIZE)).toBeLessThan(1e-5);
  });

  it('may be one number for two labels', async () => {
    const input = tf.input({ shape: [7, 6, 3] });
    const unit = layers.dense({ units: 1, activation: 'sigmoid' });
    const model = withRandomWeights(
      tf.model({ inputs: input, outputs: on(unit, on(layers.flatten(), input)) }),
    );
    const files = await filesOf(model, SIZE);
    const twoLabels = { ...files, shape: { ...files.shape, labels: ['cat', 'dog'] } };
    const pixels = pixelsFor(SIZE);
    expect(largestDifference(await runCompiled(twoLabels, pixels), runTfjs(model, pixels))).toBeLessThan(
      1e-5,
    );
  });
});

describe('in 8-bit integers', () => {
  const apply = (input: Values): Values => {
    const shared = conv(4, { useBias: false });
    const features = on(layers.reLU({ maxValue: 6 }), on(layers.batchNormalization(), on(conv(4), input)));
    const twice = on(layers.add(), on(shared, features), on(shared, on(shared, features)));
    return on(
      layers.concatenate(),
      twice,
      on(layers.maxPooling2d({ poolSize: 2, strides: 1, padding: 'same' }), twice),
    );
  };

  it('a graph of colour images with a mean and merges is close to the one in floats', async () => {
    const files = await filesOf(modelOf(apply), SIZE, { offset: -0.5, mean: [0.1, 0, 0] });
    const pixels = pixelsFor(SIZE);
    const ranges = await calibrate(loadOnnxLibrary(), files, pixels);
    expect(Object.keys(ranges).map((name) => name.split('_')[0])).toEqual([
      'conv2d',
      'conv2d',
      'add',
      'concatenate',
    ]);
    const int8 = compileToInt8(files, { schemaVersion: 2, ranges });
    expect(Buffer.from(int8).includes('QuantizeLinear')).toBe(true);
    const expected = await runCompiled(files, pixels);
    expect(largestDifference(await runModel(int8, files, pixels), expected)).toBeLessThan(0.05);
  });
});
