import { CHANNELS_LAST, type KnownOptions } from '../layer-options';

const ONE = [1] as const;
const CONVOLUTION = [
  'filters',
  'kernel_size',
  'strides',
  'padding',
  'dilation_rate',
  'activation',
  'use_bias',
];
const POOLING: KnownOptions = {
  read: ['pool_size', 'strides', 'padding'],
  only: { data_format: CHANNELS_LAST },
};

/** The options of each layer that the compilation supports; see `optionProblem` for the others. */
export const KNOWN_OPTIONS: Readonly<Record<string, KnownOptions>> = {
  InputLayer: { read: ['optional'], only: { dtype: ['uint8', 'uint16', 'int16', 'int32', 'int64'] } },
  Conv2D: { read: [...CONVOLUTION, 'groups'], only: { data_format: CHANNELS_LAST, rank: [2] } },
  DepthwiseConv2D: {
    read: [...CONVOLUTION, 'depth_multiplier'],
    only: { data_format: CHANNELS_LAST, rank: [2], groups: ONE },
  },
  MaxPooling2D: POOLING,
  AveragePooling2D: POOLING,
  GlobalAveragePooling2D: { read: ['keepdims'], only: { data_format: CHANNELS_LAST } },
  BatchNormalization: {
    // The last four only act during training.
    read: ['axis', 'epsilon', 'center', 'scale', 'momentum', 'renorm_momentum', 'synchronized', 'fused'],
  },
  Activation: { read: ['activation'] },
  ReLU: { read: ['max_value', 'negative_slope', 'threshold'] },
  LeakyReLU: { read: ['alpha', 'negative_slope'] },
  ThresholdedReLU: { read: ['theta'] },
  Softmax: { read: ['axis'] },
  Flatten: { read: [], only: { data_format: CHANNELS_LAST } },
  Dense: { read: ['units', 'activation', 'use_bias', 'input_dim'] },
  Rescaling: { read: ['scale', 'offset'] },
  Normalization: { read: ['axis', 'mean', 'variance', 'invert'] },
};
