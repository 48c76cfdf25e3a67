import { compileToOnnx } from '../../src/inference/onnx/compile';
import { adaptForTfjs } from '../../src/inference/runtimes/adapt-topology';
import { kerasFiles, weight, type KerasLayer } from '../helpers/keras-model';
import { layersIn } from '../../src/models/files';
import { withLayers } from '../helpers/layers-network';

/** A layer, the refusal, and the version of Keras. */
type Row = [layer: KerasLayer, message: RegExp, version?: string];

const named = (rows: readonly Row[]): [string, Row][] =>
  rows.map((row) => [`${row[0].class_name}: ${row[1].source}`, row]);

const kernel = weight([3, 3, 1, 4], 1);
const conv = (config: object = {}): KerasLayer => ({
  class_name: 'Conv2D',
  config: { filters: 4, kernel_size: [3, 3], ...config },
  weights: { kernel, bias: weight([4], 2) },
});
const relu = (config: object): KerasLayer => ({ class_name: 'ReLU', config });
const norm = (config: object): KerasLayer => ({
  class_name: 'BatchNormalization',
  config: { epsilon: 0.001, ...config },
  weights: {
    gamma: weight([4], 10),
    beta: weight([4], 11),
    moving_mean: weight([4], 12),
    moving_variance: { shape: [4], values: Float32Array.of(0.5, 1, 1.5, 2) },
  },
});
const dense = (config: object = {}, out = 3, size = 30): KerasLayer => ({
  class_name: 'Dense',
  config: { units: out, activation: 'softmax', ...config },
  weights: { kernel: weight([size, out], 1), bias: weight([out], 2) },
});
const FLATTEN = { class_name: 'Flatten' };
const toFiles = (layers: KerasLayer[], version = '2.15') =>
  kerasFiles([...layers, FLATTEN, dense()], { topology: { keras_version: version } });

/** A layer with the option that would give wrong results, in front of the end of a model. */
const IN_ONNX: Row[] = [
  [conv({ data_format: 'channels_first' }), /data_format "channels_first"/],
  [conv({ padding: 'causal' }), /padding "causal"/],
  [conv({ padding: 'full' }), /padding "full"/],
  [conv({ groups: 3 }), /3 groups/],
  [conv({ filters: 5 }), /kernel of 4×1×3×3/],
  [conv({ kernel_size: 5 }), /kernel of 4×1×3×3/],
  [conv({ lora_rank: 4 }), /lora_rank 4/],
  [conv({ activation: { class_name: 'ReLU', config: { max_value: 6 } } }), /activation {/],
  [{ ...conv(), weights: { kernel } }, /no weight bias/],
  [conv({ dtype: 'int8' }), /dtype "int8"/],
  [conv({ dtype: { class_name: 'QuantizedDTypePolicy', config: { name: 'int8_from_float32' } } }), /dtype {/],
  [{ class_name: 'AveragePooling2D', config: { data_format: 'channels_first' } }, /channels_first/],
  [{ class_name: 'MaxPooling2D', config: { padding: 'causal' } }, /padding "causal"/],
  [{ class_name: 'GlobalAveragePooling2D', config: { data_format: 'channels_first' } }, /channels_first/],
  [{ class_name: 'Flatten', config: { data_format: 'channels_first' } }, /channels_first/],
  [{ class_name: 'Softmax', config: { axis: 1 } }, /axis 1/],
  [{ class_name: 'Softmax', config: { axis: [1, 2] } }, /axis \[1,2\]/],
  [{ class_name: 'Activation', config: { activation: 'gelu_new' } }, /"gelu_new"/],
  [{ class_name: 'Activation', config: { activation: 'constructor' } }, /"constructor"/],
  [{ class_name: 'Reshape', config: { target_shape: [4, 7] } }, /target_shape \[4,7\] for 30 values/],
  [{ class_name: 'Reshape', config: { target_shape: [-1, -1] } }, /target_shape/],
  [{ class_name: 'Permute', config: { dims: [1, 2] } }, /dims \[1,2\] for 3 axes/],
  [{ class_name: 'ZeroPadding2D', config: { padding: -1 } }, /padding -1/],
  [{ class_name: 'ZeroPadding2D', config: { padding: [1, 2, 3] } }, /padding \[1,2,3\]/],
  [{ class_name: 'Cropping2D', config: { cropping: 3 } }, /output of 1×0×-1/],
  [{ class_name: 'UpSampling2D', config: { interpolation: 'bicubic' } }, /"bicubic"/],
  [{ class_name: 'UpSampling2D', config: { size: 50_000 } }, /output of 1×300000×250000/],
  [{ class_name: 'LayerNormalization', config: { axis: 1 } }, /axis 1/],
  [{ class_name: 'LayerNormalization', config: { rms_scaling: true } }, /rms_scaling true/],
  [
    { class_name: 'LayerNormalization', weights: { gamma: weight([2], 1), beta: weight([2], 1) } },
    /2 values for 1/,
  ],
  [{ class_name: 'PReLU', weights: { alpha: weight([6, 2, 1], 1) } }, /slopes of 6×2×1 for 6×5×1/],
  [{ class_name: 'Add' }, /1 inputs/],
  [{ class_name: 'Conv2DTranspose', config: { output_padding: 1 } }, /output_padding 1/],
  [{ class_name: 'Conv2DTranspose', config: { dilation_rate: 2 } }, /dilation_rate 2/],
  [{ class_name: 'Resizing', config: { height: 3, width: 3, interpolation: 'nearest' } }, /"nearest"/],
  [
    { class_name: 'Resizing', config: { height: 3, width: 3, crop_to_aspect_ratio: true } },
    /aspect_ratio true/,
  ],
  [{ class_name: 'Resizing', config: { height: 3, width: 3, antialias: true } }, /antialias true/],
  [{ class_name: 'CenterCrop', config: { height: 7, width: 3 } }, /only 6×5 pixels/],
  [{ class_name: 'Lambda' }, /is not one of/],
  [conv({ strides: -1 }), /strides -1/],
  [conv({ strides: [1, 1e9] }), /strides \[1,1000000000\]/],
  [conv({ dilation_rate: 0 }), /dilation_rate 0/],
  [conv({ groups: 0.5 }), /groups 0.5/],
  [{ ...conv(), weights: { kernel: weight([3, 3, 4], 1), bias: weight([4], 2) } }, /kernel of 3×3×4/],
  [relu({ negative_slope: [0.1] }), /negative_slope \[0.1\]/],
  [relu({ shift: 2 }), /shift 2/],
  [{ class_name: 'InputLayer', config: { sparse: true } }, /sparse true/],
  [{ ...norm({}), config: { renorm: true } }, /renorm true/],
  [norm({ axis: 1 }), /axis 1/],
  [norm({}), /4 values for 1 channels/],
  [{ ...relu({}), registered_name: 'mine>ReLU' }, /custom class "mine>ReLU"/],
];

describe('an option that ONNX does not compute is refused by its name', () => {
  it.each(named(IN_ONNX))('%s', (_name, [layer, message]) => {
    expect(() => compileToOnnx(toFiles([layer]))).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringMatching(
          new RegExp(`l0 \\(${layer.class_name}\\).*${message.source}`),
        ) as string,
      }) as Error,
    );
  });

  it('for a folded normalization of another axis', () => {
    expect(() => compileToOnnx(toFiles([conv({}), norm({ axis: 2 })]))).toThrow(/l1.*axis 2/);
  });

  it('for a Dense of other rows', () => {
    expect(() => compileToOnnx(kerasFiles([FLATTEN, dense({ units: 4 })]))).toThrow(/kernel of 3×30/);
    expect(() => compileToOnnx(kerasFiles([FLATTEN, dense({}, 3, 29)]))).toThrow(/kernel of 3×29/);
    expect(() => compileToOnnx(kerasFiles([dense({}, 3, 2)]))).toThrow(/kernel of 3×2 for 1 values/);
    expect(() => compileToOnnx(kerasFiles([dense({}, 3, 1)]))).toThrow(/3×6×5 outputs instead of 3/);
  });
});

const IN_TFJS: Row[] = [
  [conv({ groups: 2 }), /groups 2/],
  [relu({ negative_slope: 0.1, threshold: 1 }), /negative_slope 0.1/],
  [relu({ threshold: 1, max_value: 6 }), /threshold 1/],
  [{ class_name: 'DepthwiseConv2D', config: { dilation_rate: [2, 1] } }, /dilation_rate \[2,1\]/],
  [{ class_name: 'Conv2DTranspose', config: { dilation_rate: 2 } }, /dilation_rate 2/],
  [{ class_name: 'Conv2DTranspose', config: { output_padding: 1 } }, /output_padding 1/],
  [{ class_name: 'GlobalMaxPooling2D', config: { keepdims: true } }, /keepdims true/],
  [{ class_name: 'UpSampling2D', config: { interpolation: 'bilinear' } }, /"bilinear"/],
  [{ class_name: 'LayerNormalization', config: { rms_scaling: true } }, /rms_scaling true/],
  [{ class_name: 'BatchNormalization', config: { renorm: true } }, /renorm true/],
  [{ class_name: 'Resizing', config: { height: 3, width: 3 } }, /computes as Keras does/],
  [{ class_name: 'CenterCrop', config: { height: 3, width: 3 } }, /computes as Keras does/],
  [{ class_name: 'TimeDistributed', config: { layer: { ...conv({ groups: 2 }), name: 'x' } } }, /groups 2/],
  [dense({ activation: { class_name: 'ReLU', config: { max_value: 6 } } }), /activation {/],
  [dense({ activation: 'hard_sigmoid' }), /activation "hard_sigmoid"/, '3.5.0'],
  [{ ...dense(), registered_name: 'mine>Dense' }, /custom class/],
];

describe('an option that TF.js ignores is refused by its name', () => {
  it.each(named(IN_TFJS))('%s', (_name, [layer, message, version]) => {
    expect(() => adaptForTfjs(toFiles([layer], version))).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('in a model inside the model too', () => {
    const inner = { class_name: 'Sequential', config: { name: 'inner', layers: [conv({ groups: 2 })] } };
    expect(() => adaptForTfjs(toFiles([inner as unknown as KerasLayer]))).toThrow(/groups 2/);
  });

  it('but not options without effect, and the optimizer', () => {
    const files = toFiles([conv({ kernel_regularizer: { class_name: 'L2', config: { l2: 1 } } })]);
    const modelTopology = {
      ...layersIn(files).modelTopology,
      training_config: { optimizer_config: { class_name: 'Adam', config: { rate: 1 } } },
    };
    expect(adaptForTfjs(withLayers(files, { modelTopology }))).toMatchObject({ modelTopology });
  });
});
