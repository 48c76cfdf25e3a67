import { inputScaling } from '../../../../src/models/files/own/network/scaling';

const layer = (class_name: string, config: object = {}) => ({ class_name, config });
const INPUT = layer('InputLayer', { name: 'input', batch_input_shape: [null, 28, 28, 1], dtype: 'float32' });
const sequential = (...layers: object[]) => layer('Sequential', { name: 'model', layers });
const RESCALING = layer('Rescaling', { scale: 1 / 127.5, offset: -1 });
const NORMALIZATION = layer('Normalization', { axis: [-1] });
const CONV = layer('Conv2D');

/** In the notation of Keras 2. */
const node = (name: string, class_name: string, ...inputs: string[]) => ({
  ...layer(class_name, { name }),
  name,
  inbound_nodes: inputs.length > 0 ? [inputs.map((input) => [input, 0, 0, {}])] : [],
});
/** In the notation of Keras 3. */
const node3 = (name: string, class_name: string, input: string) => ({
  ...layer(class_name, { name }),
  name,
  inbound_nodes: [
    { args: [{ class_name: '__keras_tensor__', config: { keras_history: [input, 0, 0] } }], kwargs: {} },
  ],
});
const functional = (...layers: object[]) => layer('Functional', { layers });

describe('a model that begins with its own scaling gets unscaled pixels', () => {
  it.each<[string, Record<string, unknown>]>([
    ['Rescaling', sequential(INPUT, RESCALING, CONV)],
    ['Normalization', sequential(INPUT, NORMALIZATION, CONV)],
    ['without an input layer', sequential(RESCALING, CONV)],
    ['as TF.js writes it', { model_config: sequential(RESCALING, CONV), keras_version: 'tfjs-layers 4' }],
    ['as Keras 2.1 writes it', layer('Sequential', [RESCALING, CONV])],
    ['behind augmentation', sequential(INPUT, layer('RandomFlip'), layer('RandomZoom'), RESCALING, CONV)],
    [
      'behind a change of the size',
      sequential(INPUT, layer('Resizing'), layer('ZeroPadding2D'), RESCALING, CONV),
    ],
    ['behind noise', sequential(INPUT, layer('GaussianNoise'), NORMALIZATION)],
    ['behind augmentation in a model of its own', sequential(sequential(layer('RandomFlip')), RESCALING)],
    ['in a model inside the model', sequential(INPUT, sequential(INPUT, RESCALING, CONV), CONV)],
    [
      'in a functional model',
      functional(node('a', 'InputLayer'), node('b', 'Rescaling', 'a'), node('c', 'Conv2D', 'b')),
    ],
    [
      'in one of two branches',
      functional(
        node('a', 'InputLayer'),
        node('b', 'Conv2D', 'a'),
        node('c', 'RandomFlip', 'a'),
        node('d', 'Normalization', 'c'),
        node('e', 'Add', 'b', 'd'),
      ),
    ],
    ['in a functional model of Keras 3', functional(node('a', 'InputLayer'), node3('b', 'Rescaling', 'a'))],
    ['an input of integers', sequential(layer('InputLayer', { dtype: 'uint8' }), CONV)],
  ])('%s', (_name, topology) => {
    expect(inputScaling(topology)).toBe(1);
  });
});

describe('any other model gets pixels times 1/255', () => {
  it.each<[string, Record<string, unknown>]>([
    ['one without a scaling', sequential(INPUT, CONV)],
    ['one with a scaling in the middle', sequential(INPUT, CONV, RESCALING)],
    ['one that begins with another normalization', sequential(INPUT, layer('BatchNormalization'), CONV)],
    ['an empty one', sequential()],
    [
      'a functional one that scales features',
      functional(node('a', 'InputLayer'), node('b', 'Conv2D', 'a'), node('c', 'Rescaling', 'b')),
    ],
    ['an unknown one', { class_name: 'Graph' }],
  ])('%s', (_name, topology) => {
    expect(inputScaling(topology)).toBe(1 / 255);
  });
});
