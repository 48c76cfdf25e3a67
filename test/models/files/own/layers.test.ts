import { layersIn } from '../../../../src/models/files';
import { refusal, useModelFolder } from '../../../helpers/model-folder';
import { dense, flatten, input, writeJson, writeLayers, type WrittenLayer } from '../../../helpers/own-model';

const { folder: folderOf, read } = useModelFolder();
let folder: string;
beforeEach(() => void (folder = folderOf()));
const grey = (units: number, activation: unknown): WrittenLayer[] => [
  input([4, 5, 1]),
  flatten,
  dense(units, activation),
];

describe('weights', () => {
  it.each([
    ['uint8', Uint8Array.of(0, 100, 200), { min: -1, scale: 0.01 }, [-1, 0, 1]],
    ['uint16', new Uint8Array(Uint16Array.of(0, 1000, 2000).buffer), { min: 0, scale: 0.5 }, [0, 500, 1000]],
    ['float16', new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3555).buffer), {}, [1, -2, 0.333251953125]],
  ])('stored as %s become float32, under the name of their layer', async (dtype, data, scaling, expected) => {
    const weights = [
      { name: 'sequential_4/dense/kernel', shape: [3, 1], quantization: { dtype, ...scaling } },
    ];
    await writeLayers(folder, { layers: [input([3, 1, 1]), flatten, dense(1, 'sigmoid')], weights, data });
    const network = layersIn(await read());
    expect(network.weightSpecs).toEqual([{ name: 'dense/kernel', shape: [3, 1], dtype: 'float32' }]);
    expect([...new Float32Array(network.weightData)].map((value) => Math.fround(value))).toEqual(
      expected.map(Math.fround),
    );
  });

  it('of another length, or outside of the folder, are refused', async () => {
    await writeLayers(folder, {
      layers: grey(3, 'softmax'),
      weights: [{ name: 'dense/kernel', shape: [20, 3] }],
    });
    await expect(read()).rejects.toMatchObject(
      refusal('MODEL_CORRUPT', '240 bytes of weights, but there are 0'),
    );
    await writeJson(folder, 'model.json', {
      modelTopology: { class_name: 'Sequential', config: { layers: grey(3, 'softmax') } },
      weightsManifest: [{ paths: ['../secret'], weights: [] }],
    });
    await expect(read()).rejects.toMatchObject(refusal('MODEL_CORRUPT', 'outside of the model'));
  });
});

describe('the spelling of Keras 3', () => {
  it('becomes that of TF.js', async () => {
    const tensor = (name: string): object => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
    });
    const from = (...names: string[]): unknown => [{ args: [names.map(tensor)], kwargs: {} }];
    const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } };
    const relu = { module: 'builtins', class_name: 'function', config: 'relu', registered_name: 'function' };
    const layers = [
      { ...input([2, 2, 1]), inbound_nodes: [] },
      {
        class_name: 'DepthwiseConv2D',
        config: { name: 'deep', dtype: policy, activation: relu },
        inbound_nodes: from('input'),
      },
      { class_name: 'BatchNormalization', config: { name: 'bn', axis: [3] }, inbound_nodes: from('deep') },
      { class_name: 'Add', config: { name: 'add' }, inbound_nodes: from('deep', 'bn') },
      { ...flatten, inbound_nodes: from('add') },
      { ...dense(3, 'softmax'), inbound_nodes: from('flatten') },
    ];
    const config = { input_layers: ['input', 0, 0], output_layers: ['dense', 0, 0] };
    const weights = [{ name: 'functional/deep/kernel', shape: [0] }];
    await writeLayers(folder, { layers, config, weights, className: 'Functional' });
    const { modelTopology, weightSpecs } = layersIn(await read());
    expect(weightSpecs[0]?.name).toBe('deep/depthwise_kernel');
    expect(modelTopology['model_config']).toMatchObject({
      config: {
        layers: [
          { config: { batch_input_shape: [null, 2, 2, 1] } },
          { config: { dtype: 'float32', activation: 'relu' }, inbound_nodes: [[['input', 0, 0, {}]]] },
          { config: { axis: 3 } },
          {
            inbound_nodes: [
              [
                ['deep', 0, 0, {}],
                ['bn', 0, 0, {}],
              ],
            ],
          },
          {},
          {},
        ],
        input_layers: [['input', 0, 0]],
        output_layers: [['dense', 0, 0]],
      },
    });
  });
});

describe('scores', () => {
  it.each<[number, unknown, object]>([
    [3, 'softmax', { activation: 'none', independent: false }],
    [3, 'linear', { activation: 'softmax', independent: false }],
    [3, { class_name: 'function', config: 'log_softmax' }, { activation: 'softmax', independent: false }],
    [3, 'sigmoid', { activation: 'none', independent: true }],
    [1, 'sigmoid', { activation: 'none', independent: false }],
    [1, 'linear', { activation: 'sigmoid', independent: false }],
    [101, 'softmax', { activation: 'none', independent: false, top: 10 }],
  ])('of %i units with %j', async (units, activation, output) => {
    await writeLayers(folder, { layers: grey(units, activation) });
    expect((await read()).output).toEqual(output);
  });

  it('are refused if they are neither probabilities nor logits, unless the user says what they are', async () => {
    await writeLayers(folder, { layers: grey(3, 'relu') });
    await expect(read()).rejects.toMatchObject(
      refusal('MODEL_UNSUPPORTED', 'ends in relu (layer dense)', 'softmax'),
    );
    await writeJson(folder, 'classifier.json', { output: { activation: 'softmax' } });
    expect((await read()).output.activation).toBe('softmax');
  });

  it('come from the named one of several outputs, else from the first', async () => {
    const from = (name: string): unknown => [[[name, 0, 0, {}]]];
    const layers = [
      { ...input([2, 2, 1]), inbound_nodes: [] },
      { ...flatten, inbound_nodes: from('input') },
      { ...dense(3, 'softmax', 'kind'), inbound_nodes: from('flatten') },
      { ...dense(4, 'linear', 'color'), inbound_nodes: from('flatten') },
    ];
    const config = {
      input_layers: [['input', 0, 0]],
      output_layers: [
        ['kind', 0, 0],
        ['color', 0, 0],
      ],
    };
    await writeLayers(folder, { layers, config, className: 'Functional' });
    expect(await read()).toMatchObject({ network: { output: 'kind' }, shape: { labels: { length: 3 } } });
    await writeJson(folder, 'classifier.json', { output: { name: 'color' } });
    expect(await read()).toMatchObject({
      network: { output: 'color' },
      shape: { labels: { length: 4 } },
      output: { activation: 'softmax' },
    });
  });
});
