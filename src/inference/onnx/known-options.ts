import { CHANNELS_LAST, type KnownOptions } from '../layer-options';

const LAST = { data_format: CHANNELS_LAST } as const;
const NONE: KnownOptions = { read: [] };
const CONVOLUTION = 'filters kernel_size strides padding dilation_rate activation use_bias'.split(' ');
const POOLING: KnownOptions = { read: ['pool_size', 'strides', 'padding'], only: LAST };
const GLOBAL_POOLING: KnownOptions = { read: ['keepdims'], only: LAST };

/** The options of each layer that the compilation supports; see `optionProblem` for the others. */
export const KNOWN_OPTIONS: Readonly<Record<string, KnownOptions>> = {
  InputLayer: { read: ['optional'], only: { dtype: ['uint8', 'uint16', 'int16', 'int32', 'int64'] } },
  Conv2D: { read: [...CONVOLUTION, 'groups'], only: { ...LAST, rank: [2] } },
  DepthwiseConv2D: { read: [...CONVOLUTION, 'depth_multiplier'], only: { ...LAST, rank: [2], groups: [1] } },
  SeparableConv2D: { read: [...CONVOLUTION, 'depth_multiplier'], only: { ...LAST, rank: [2], groups: [1] } },
  Conv2DTranspose: {
    read: CONVOLUTION.filter((option) => option !== 'dilation_rate'),
    only: { ...LAST, rank: [2], groups: [1], dilation_rate: [1] },
  },
  MaxPooling2D: POOLING,
  AveragePooling2D: POOLING,
  GlobalMaxPooling2D: GLOBAL_POOLING,
  GlobalAveragePooling2D: GLOBAL_POOLING,
  BatchNormalization: {
    // The last four only act during training.
    read: ['axis', 'epsilon', 'center', 'scale', 'momentum', 'renorm_momentum', 'synchronized', 'fused'],
  },
  LayerNormalization: { read: ['axis', 'epsilon', 'center', 'scale'] },
  Activation: { read: ['activation'] },
  ReLU: { read: ['max_value', 'negative_slope', 'threshold'] },
  LeakyReLU: { read: ['alpha', 'negative_slope'] },
  ThresholdedReLU: { read: ['theta'] },
  PReLU: { read: ['shared_axes'] },
  ELU: { read: ['alpha'] },
  Softmax: { read: ['axis'] },
  Flatten: { read: [], only: LAST },
  Reshape: { read: ['target_shape'] },
  Permute: { read: ['dims'] },
  ZeroPadding2D: { read: ['padding'], only: LAST },
  Cropping2D: { read: ['cropping'], only: LAST },
  Resizing: {
    // The filling needs `pad_to_aspect_ratio`, which is refused.
    read: ['height', 'width', 'fill_mode', 'fill_value'],
    only: { ...LAST, interpolation: ['bilinear'] },
  },
  CenterCrop: { read: ['height', 'width'], only: LAST },
  UpSampling2D: { read: ['size'], only: { ...LAST, interpolation: ['nearest', 'bilinear'] } },
  Dense: { read: ['units', 'activation', 'use_bias', 'input_dim'] },
  Add: NONE,
  Subtract: NONE,
  Multiply: NONE,
  Average: NONE,
  Maximum: NONE,
  Minimum: NONE,
  Concatenate: { read: ['axis'] },
  Rescaling: { read: ['scale', 'offset'] },
  Normalization: { read: ['axis', 'mean', 'variance', 'invert'] },
};

/** Layers whose weights the compilation reads. */
export const WITH_WEIGHTS: ReadonlySet<string> = new Set(
  (
    'Conv2D DepthwiseConv2D SeparableConv2D Conv2DTranspose Dense BatchNormalization LayerNormalization PReLU ' +
    'Normalization'
  ).split(' '),
);
