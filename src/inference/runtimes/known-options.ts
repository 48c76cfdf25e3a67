import { ANY_OPTIONS, CHANNELS_LAST, type KnownOptions } from '../layer-options';

const none: KnownOptions = { read: [] };
const reads = (options: string, only?: KnownOptions['only']): KnownOptions => ({
  read: options.split(' '),
  ...(only && { only }),
});

const CONVOLUTION =
  'filters kernel_size strides padding data_format dilation_rate activation use_bias depth_multiplier';
const convolution = reads(CONVOLUTION, { groups: [1], rank: [1, 2, 3] });
/** TF.js reads a dilation for these, but computes without it. */
const undilated = reads(CONVOLUTION.replace(' dilation_rate', ''), {
  dilation_rate: [1],
  groups: [1],
  rank: [2, 3],
});
const pooling = reads('pool_size strides padding data_format');
const pooling1d = reads('pool_size strides padding', { data_format: CHANNELS_LAST });
const globalPooling = reads('data_format');
const globalPooling1d = reads('', { data_format: CHANNELS_LAST });
const RECURRENT =
  'units activation recurrent_activation use_bias unit_forget_bias dropout recurrent_dropout return_sequences ' +
  'return_state go_backwards stateful unroll implementation reset_after cell cells input_dim input_length use_cudnn';
const recurrent = reads(RECURRENT);
const recurrentConvolution = reads(`${RECURRENT} ${CONVOLUTION}`);

/**
 * The options of each layer that TF.js computes as Keras does; see `optionProblem` for the others. TF.js ignores unknown
 * options. Resizing, CenterCrop and CategoryEncoding are absent, because TF.js computes other values than Keras.
 */
export const TFJS_OPTIONS: Readonly<Record<string, KnownOptions>> = {
  InputLayer: reads('optional'),
  Conv1D: convolution,
  Conv2D: convolution,
  Conv3D: convolution,
  SeparableConv2D: convolution,
  DepthwiseConv2D: undilated,
  Conv2DTranspose: undilated,
  Conv3DTranspose: undilated,
  MaxPooling1D: pooling1d,
  AveragePooling1D: pooling1d,
  MaxPooling2D: pooling,
  AveragePooling2D: pooling,
  MaxPooling3D: pooling,
  AveragePooling3D: pooling,
  GlobalMaxPooling1D: globalPooling1d,
  GlobalAveragePooling1D: globalPooling1d,
  GlobalMaxPooling2D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  // From `momentum`, they only act during training.
  BatchNormalization: reads('axis epsilon center scale momentum renorm_momentum synchronized fused'),
  LayerNormalization: reads('axis epsilon center scale'),
  Activation: reads('activation'),
  ReLU: reads('max_value', { negative_slope: [0], threshold: [0] }),
  LeakyReLU: reads('alpha'),
  PReLU: reads('shared_axes'),
  ELU: reads('alpha'),
  ThresholdedReLU: reads('theta'),
  Softmax: reads('axis'),
  Dense: reads('units activation use_bias input_dim'),
  Flatten: reads('data_format'),
  Reshape: reads('target_shape'),
  Permute: reads('dims'),
  RepeatVector: reads('n'),
  Masking: reads('mask_value'),
  Embedding: reads('input_dim output_dim input_length mask_zero'),
  Add: none,
  Multiply: none,
  Average: none,
  Maximum: none,
  Minimum: none,
  Concatenate: reads('axis'),
  Dot: reads('axes normalize'),
  ZeroPadding2D: reads('padding data_format'),
  Cropping2D: reads('cropping data_format'),
  // Keras's bilinear interpolation has other coordinates.
  UpSampling2D: reads('size data_format', { interpolation: ['nearest'] }),
  Rescaling: reads('scale offset'),
  Dropout: ANY_OPTIONS,
  SpatialDropout1D: ANY_OPTIONS,
  GaussianDropout: ANY_OPTIONS,
  GaussianNoise: ANY_OPTIONS,
  AlphaDropout: ANY_OPTIONS,
  RNN: recurrent,
  SimpleRNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNNCell: recurrent,
  LSTMCell: recurrent,
  GRUCell: recurrent,
  StackedRNNCells: recurrent,
  ConvLSTM2D: recurrentConvolution,
  ConvLSTM2DCell: recurrentConvolution,
  Bidirectional: reads('layer merge_mode return_sequences return_state'),
  TimeDistributed: reads('layer'),
};
