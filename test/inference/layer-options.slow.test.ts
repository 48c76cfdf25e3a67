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

const keras3HardSigmoid = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x.div(6).add(0.5), 0, 1);
const elu =
  (alpha: number) =>
  (x: tf.Tensor): tf.Tensor =>
    tf.where(tf.greater(x, 0), x, tf.expm1(x).mul(alpha));

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

/** Computed by ONNX, and by TF.js where it has the option; TF.js cannot load some others. */
const COMPUTED: [string, [KerasLayer[], Reference], 'everywhere' | 'by ONNX only' | 'not by TF.js'][] = [
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
    'GlobalMaxPooling2D keepdims',
    behindConv({ class_name: 'GlobalMaxPooling2D', config: { keepdims: true } }, (x) => tf.max(x, [1, 2])),
    'by ONNX only',
  ],
  [
    'UpSampling2D bilinear',
    behindConv({ class_name: 'UpSampling2D', config: { size: [2, 3], interpolation: 'bilinear' } }, (x) =>
      tf.image.resizeBilinear(x as tf.Tensor4D, [12, 15], false, true),
    ),
    'by ONNX only',
  ],
  ...[
    [4, 11],
    [13, 3],
  ].map(([height, width]): (typeof COMPUTED)[number] => [
    `Resizing to ${height}×${width}`,
    behindConv(
      {
        class_name: 'Resizing',
        config: { height, width, interpolation: 'bilinear', crop_to_aspect_ratio: false, fill_value: 0 },
      },
      (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [height!, width!], false, true),
    ),
    'by ONNX only',
  ]),
  [
    'CenterCrop',
    behindConv({ class_name: 'CenterCrop', config: { height: 3, width: 4 } }, (x) =>
      tf.slice(x, [0, 1, 0, 0], [-1, 3, 4, -1]),
    ),
    'by ONNX only',
  ],
  ['ELU alpha', behindConv({ class_name: 'ELU', config: { alpha: 0.5 } }, elu(0.5)), 'not by TF.js'],
  [
    'two layers Flatten',
    behindConv({ class_name: 'Flatten', config: { data_format: 'channels_last' } }, (x) => x),
    'not by TF.js',
  ],
  ...(
    [
      ['silu', (x) => x.mul(tf.sigmoid(x))],
      ['leaky_relu', (x) => tf.leakyRelu(x, 0.2)],
      ['exponential', (x) => tf.exp(x)],
      ['hard_silu', (x) => x.mul(keras3HardSigmoid(x))],
      ['hard_swish', (x) => x.mul(keras3HardSigmoid(x))],
    ] as [string, (x: tf.Tensor) => tf.Tensor][]
  ).map(([activation, apply]): (typeof COMPUTED)[number] => [
    `activation ${activation}`,
    behindConv({ class_name: 'Activation', config: { activation } }, apply),
    'not by TF.js',
  ]),
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
  } else if (where === 'by ONNX only') {
    it('is refused by TF.js, which ignores it', () => {
      expect(() => adaptForTfjs(withTruth(layers, reference).files)).toThrow(
        expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }) as Error,
      );
    });
  }
});

describe('hard_sigmoid', () => {
  const layer: KerasLayer = { class_name: 'Activation', config: { activation: 'hard_sigmoid' } };
  const steep = (apply: (x: tf.Tensor) => tf.Tensor): [KerasLayer[], Reference] => [
    [conv(), { class_name: 'Rescaling', config: { scale: 8 } }, layer],
    (x) => apply(convolved(x).mul(8)),
  ];

  it.each<[string, string | undefined, (x: tf.Tensor) => tf.Tensor]>([
    ['Keras 2', '2.15.0', (x) => tf.clipByValue(x.mul(0.2).add(0.5), 0, 1)],
    ['TF.js', undefined, (x) => tf.clipByValue(x.mul(0.2).add(0.5), 0, 1)],
    ['Keras 3', '3.5.0', keras3HardSigmoid],
  ])('is the one of %s on onnx', async (_name, version, apply) => {
    const topology = version === undefined ? {} : { keras_version: version };
    expect(await difference('onnx', withTruth(...steep(apply), { topology }))).toBeLessThan(1e-5);
  });
});
