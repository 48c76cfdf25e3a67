/** @jest-environment ./test/helpers/one-realm-environment.js */
import { inKeras2Spelling } from '../../src/inference/runtimes/keras3-spelling';
import { layersIn, type ModelFiles } from '../../src/models/files/model';
import { colorModel, differenceOn, expected, BGR, CLASSES, FEATURES, KERNEL } from '../helpers/color-model';

const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } };
const initializer = {
  module: 'keras.initializers',
  class_name: 'Unheard',
  config: {},
  registered_name: null,
};
const tensor = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { keras_history: [name, 0, 0] },
});
const call = (name: string, kwargs = {}) => [{ args: [tensor(name)], kwargs }];
const input = (name: string) => ({
  class_name: 'InputLayer',
  name,
  config: { name, dtype: 'float32', batch_shape: [null, 4, 3, 3], sparse: false, optional: false },
  inbound_nodes: [],
});
/** Each pixel times 1. */
const depthwise = (inbound: object[]) => ({
  class_name: 'DepthwiseConv2D',
  name: 'depthwise',
  config: {
    name: 'depthwise',
    dtype,
    kernel_size: [1, 1],
    use_bias: false,
    depthwise_initializer: initializer,
  },
  inbound_nodes: inbound,
});

/** As Keras 3 writes a functional model in which a Sequential one is a layer. */
function keras3(kwargs = {}): ModelFiles {
  const dense = {
    class_name: 'Dense',
    config: { name: 'dense', dtype, units: CLASSES, activation: 'softmax', use_bias: false },
  };
  const flatten = { class_name: 'Flatten', config: { name: 'flatten', dtype, data_format: 'channels_last' } };
  const head = { name: 'head', dtype, layers: [input('inner'), flatten, dense] };
  const layers = [
    input('image'),
    depthwise(call('image', kwargs)),
    { class_name: 'Sequential', name: 'head', config: head, inbound_nodes: call('depthwise') },
  ];
  const ends = { input_layers: ['image', 0, 0], output_layers: ['head', 0, 0] };
  const model = { class_name: 'Functional', config: { name: 'model', trainable: true, layers, ...ends } };
  const weights = [Float32Array.of(1, 1, 1), KERNEL];
  const network = {
    kind: 'layers' as const,
    modelTopology: { keras_version: '3.15.1', model_config: model },
    weightSpecs: [
      { name: 'model/depthwise/kernel', shape: [1, 1, 3, 1], dtype: 'float32' as const },
      { name: 'model/head/dense/kernel', shape: [FEATURES, CLASSES], dtype: 'float32' as const },
    ],
    weightData: new Uint8Array(Buffer.concat(weights.map((one) => Buffer.from(one.slice().buffer)))).buffer,
  };
  return colorModel(network, BGR);
}

describe('a model in the spelling of Keras 3', () => {
  it.each(['onnx', 'tfjs-node', 'tfjs-wasm'] as const)('is computed by %s', async (runtime) => {
    const right = expected(BGR);
    expect(await differenceOn(runtime, keras3({ mask: null, training: false }), right)).toBeLessThan(1e-5);
  });

  it('is refused if a layer is called with more than tensors', async () => {
    await expect(differenceOn('tfjs-wasm', keras3({ scale: 2 }), [])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: 'TF.js does not support the layer depthwise (DepthwiseConv2D): it is called with scale 2',
    });
  });

  it('is refused if it is nested too deeply', () => {
    let model: Record<string, unknown> = layersIn(keras3()).modelTopology;
    for (let i = 0; i < 40; i++) model = { class_name: 'Sequential', config: { layers: [model] } };
    expect(() => inKeras2Spelling(model)).toThrow(/nested too deeply/);
  });
});
