/** @jest-environment ./test/helpers/one-realm-environment.js */
import * as tf from '@tensorflow/tfjs';
import { adaptForTfjs } from '../../src/inference/runtimes/adapt-topology';
import { weight, type KerasLayer } from '../helpers/keras-model';
import { difference, tensor, withTruth, type Reference } from '../helpers/keras-reference';

beforeAll(() => tf.setBackend('cpu'));

const kernel = weight([3, 3, 1, 4], 1);
const bias = weight([4], 2);
const conv = (config: object = {}): KerasLayer => ({
  class_name: 'Conv2D',
  config: { filters: 4, kernel_size: [3, 3], padding: 'same', use_bias: true, groups: 1, ...config },
  weights: { kernel, bias },
});
const convolved: Reference = (x) => tf.conv2d(x, tensor(kernel) as tf.Tensor4D, 1, 'same').add(tensor(bias));
/** Values on both sides of 0 in front of the layer. */
const behindConv = (layer: KerasLayer, apply: (x: tf.Tensor) => tf.Tensor): [KerasLayer[], Reference] => [
  [conv(), layer],
  (x) => apply(convolved(x)),
];
const relu = (config: object): KerasLayer => ({ class_name: 'ReLU', config });

/** Keras's definition. */
const reluOf = (x: tf.Tensor, slope: number, threshold: number, most = Infinity): tf.Tensor => {
  const at = Array.from(x.dataSync(), (value) =>
    value >= most ? most : value > threshold ? value : slope * (value - threshold),
  );
  return tf.tensor(at, x.shape);
};

const grouped = weight([3, 3, 2, 6], 3);
const depthwise = weight([3, 3, 4, 2], 4);
const normalization = {
  gamma: weight([4], 10),
  beta: weight([4], 11),
  moving_mean: weight([4], 12),
  moving_variance: { shape: [4], values: Float32Array.of(0.5, 1, 1.5, 2) },
};
const normalized = (x: tf.Tensor, { gamma, beta }: { gamma?: tf.Tensor; beta?: tf.Tensor } = {}) =>
  tf.batchNorm(
    x as tf.Tensor4D,
    tensor(normalization.moving_mean) as tf.Tensor1D,
    tensor(normalization.moving_variance) as tf.Tensor1D,
    beta as tf.Tensor1D,
    gamma as tf.Tensor1D,
    0.001,
  );
const norm = (config: object): KerasLayer => ({
  class_name: 'BatchNormalization',
  config: { epsilon: 0.001, momentum: 0.99, renorm: false, renorm_momentum: 0.99, ...config },
  weights: normalization,
});
const bothParameters = () => ({ gamma: tensor(normalization.gamma), beta: tensor(normalization.beta) });

/** Computed by ONNX, and by TF.js where it has the option. */
const COMPUTED: [string, [KerasLayer[], Reference], 'everywhere' | 'by ONNX only'][] = [
  ['ReLU max_value', behindConv(relu({ max_value: 0.2 }), (x) => reluOf(x, 0, 0, 0.2)), 'everywhere'],
  ['ReLU negative_slope', behindConv(relu({ negative_slope: 0.3 }), (x) => reluOf(x, 0.3, 0)), 'everywhere'],
  ['ReLU threshold', behindConv(relu({ threshold: 0.2 }), (x) => reluOf(x, 0, 0.2)), 'everywhere'],
  ['camel case', behindConv(relu({ maxValue: 0.2 }), (x) => reluOf(x, 0, 0, 0.2)), 'everywhere'],
  [
    'ReLU with all options',
    behindConv(relu({ max_value: 0.3, negative_slope: 0.2, threshold: 0.1 }), (x) =>
      reluOf(x, 0.2, 0.1, 0.3),
    ),
    'by ONNX only',
  ],
  [
    'ReLU with a slope and a largest value',
    behindConv(relu({ max_value: 0.3, negative_slope: 0.2 }), (x) => reluOf(x, 0.2, 0, 0.3)),
    'by ONNX only',
  ],
  [
    'LeakyReLU negative_slope',
    behindConv({ class_name: 'LeakyReLU', config: { negative_slope: 0.4 } }, (x) => reluOf(x, 0.4, 0)),
    'everywhere',
  ],
  [
    'LeakyReLU alpha',
    behindConv({ class_name: 'LeakyReLU', config: { alpha: 0.1 } }, (x) => reluOf(x, 0.1, 0)),
    'everywhere',
  ],
  [
    'ThresholdedReLU theta',
    behindConv({ class_name: 'ThresholdedReLU', config: { theta: 0.15 } }, (x) => reluOf(x, 0, 0.15)),
    'everywhere',
  ],
  [
    'Conv2D groups',
    behindConv(
      {
        class_name: 'Conv2D',
        config: { filters: 6, kernel_size: [3, 3], groups: 2, use_bias: false },
        weights: { kernel: grouped },
      },
      (x) => {
        const halves = tf.split<tf.Tensor4D>(x, 2, 3);
        const kernels = tf.split<tf.Tensor4D>(tensor(grouped), 2, 3);
        return tf.concat(
          halves.map((half, i) => tf.conv2d(half, kernels[i]!, 1, 'valid')),
          3,
        );
      },
    ),
    'by ONNX only',
  ],
  [
    'Conv2D dilation_rate with padding',
    [
      [conv({ dilation_rate: [2, 2] })],
      (x) => tf.conv2d(x, tensor(kernel) as tf.Tensor4D, 1, 'same', 'NHWC', 2).add(tensor(bias)),
    ],
    'everywhere',
  ],
  [
    'DepthwiseConv2D dilation_rate',
    behindConv(
      {
        class_name: 'DepthwiseConv2D',
        config: {
          kernel_size: [3, 3],
          depth_multiplier: 2,
          dilation_rate: [2, 2],
          padding: 'same',
          use_bias: false,
        },
        weights: { depthwise_kernel: depthwise },
      },
      (x) => tf.depthwiseConv2d(x as tf.Tensor4D, tensor(depthwise) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
    ),
    'by ONNX only',
  ],
  [
    'BatchNormalization with its axis in a list',
    behindConv(norm({ axis: [3] }), (x) => normalized(x, bothParameters())),
    'everywhere',
  ],
  [
    'MaxPooling2D strides and padding',
    behindConv(
      { class_name: 'MaxPooling2D', config: { pool_size: [2, 3], strides: [1, 2], padding: 'same' } },
      (x) => tf.maxPool(x as tf.Tensor4D, [2, 3], [1, 2], 'same'),
    ),
    'everywhere',
  ],
  [
    'MaxPooling2D without strides',
    behindConv({ class_name: 'MaxPooling2D', config: { pool_size: 2, strides: null } }, (x) =>
      tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
    ),
    'everywhere',
  ],
  [
    'AveragePooling2D strides and padding',
    behindConv(
      { class_name: 'AveragePooling2D', config: { pool_size: [3, 2], strides: [2, 1], padding: 'same' } },
      (x) => tf.avgPool(x as tf.Tensor4D, [3, 2], [2, 1], 'same'),
    ),
    'everywhere',
  ],
  [
    'GlobalAveragePooling2D keepdims',
    behindConv({ class_name: 'GlobalAveragePooling2D', config: { keepdims: true } }, (x) =>
      tf.mean(x, [1, 2]),
    ),
    'by ONNX only',
  ],
  [
    'Keras 3 names of weights',
    behindConv(
      {
        class_name: 'DepthwiseConv2D',
        config: { kernel_size: 3, depth_multiplier: 2, use_bias: false, dilation_rate: 2 },
        weights: { kernel: depthwise },
      },
      (x) => tf.depthwiseConv2d(x as tf.Tensor4D, tensor(depthwise) as tf.Tensor4D, 1, 'valid', 'NHWC', 2),
    ),
    'by ONNX only',
  ],
  ...[
    'SpatialDropout2D',
    'GaussianDropout',
    'GaussianNoise',
    'AlphaDropout',
    'RandomFlip',
    'RandomWidth',
  ].map((class_name): (typeof COMPUTED)[number] => [
    `${class_name}, which only acts during training`,
    behindConv({ class_name, config: { rate: 0.5, stddev: 0.5, factor: 0.2, mode: 'horizontal' } }, (x) => x),
    'everywhere',
  ]),
];

describe.each(COMPUTED)('%s', (_name, [layers, reference], where) => {
  it('is right on onnx', async () => {
    expect(await difference('onnx', withTruth(layers, reference))).toBeLessThan(1e-5);
  });

  if (where === 'everywhere') {
    it.each(['tfjs-node', 'tfjs-wasm'] as const)('is right on %s', async (runtime) => {
      expect(await difference(runtime, withTruth(layers, reference))).toBeLessThan(1e-5);
    });
  } else {
    it('is refused by TF.js, which ignores it', () => {
      expect(() => adaptForTfjs(withTruth(layers, reference).files)).toThrow(
        expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }) as Error,
      );
    });
  }
});
