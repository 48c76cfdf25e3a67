/** @jest-environment ./test/helpers/one-realm-environment.js */
import {
  BGR,
  CLASSES,
  FEATURES,
  KERNEL,
  RGB,
  SIZES,
  colorModel,
  differenceOfNumbers,
  differenceOn,
  expected,
} from '../helpers/color-model';
import { graphNetwork, type GraphOptions } from '../helpers/graph-network';
import { kerasFiles } from '../helpers/keras-model';

const RUNTIMES = ['tfjs-node', 'tfjs-wasm'] as const;

const graph = (options: Partial<GraphOptions> = {}) =>
  graphNetwork({ shape: SIZES, kernel: KERNEL, classes: CLASSES, ...options });

describe.each(RUNTIMES)('a graph model on %s', (runtime) => {
  it('gets preprocessed pixels', async () => {
    expect(await differenceOn(runtime, colorModel(graph(), BGR), expected(BGR))).toBeLessThan(1e-5);
    const fixed = colorModel(graph({ input: { batch: 2 } }), BGR);
    expect(await differenceOfNumbers(runtime, fixed)).toBeLessThan(1e-5);
  });

  it('may have quantized weights', async () => {
    const quantized = { scale: 1 / 256, min: -0.5 };
    const stored = KERNEL.map((value) => Math.floor((value + 0.5) * 256) / 256 - 0.5);
    const files = colorModel(graph({ quantized }), RGB);
    expect(await differenceOn(runtime, files, expected(RGB, { kernel: stored }))).toBeLessThan(1e-5);
  });

  it('may take integers, and only a batch of two', async () => {
    const plain = { ...RGB, scale: 1 };
    const kernel = KERNEL.map((value) => value / 255);
    const input = { type: 'uint8', batch: 2 } as const;
    const files = colorModel(graph({ kernel, input }), plain);
    expect(await differenceOn(runtime, files, expected(plain, { kernel }))).toBeLessThan(1e-5);
  });

  it('may end in logits', async () => {
    const output = { activation: 'softmax', independent: false } as const;
    const files = colorModel(graph({ operation: 'Identity' }), RGB, { output });
    expect(await differenceOn(runtime, files, expected(RGB))).toBeLessThan(1e-5);
  });

  it('is refused for an unknown operation, with its name', async () => {
    const files = colorModel(graph({ operation: 'Frobnicate' }), RGB);
    await expect(differenceOn(runtime, files, [])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('Frobnicate') as string,
    });
  });

  it('is refused if its outputs are not probabilities, with the fix', async () => {
    const files = colorModel(graph({ operation: 'Identity' }), RGB);
    await expect(differenceOn(runtime, files, [])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/not probabilities.*"activation".*classifier\.json/) as string,
    });
  });
});

describe.each([...RUNTIMES, 'onnx'] as const)('a model of layers on %s', (runtime) => {
  it('gets preprocessed colors or numbers, and one of its outputs counts', async () => {
    const dense = {
      class_name: 'Dense',
      config: { units: CLASSES, activation: 'softmax', use_bias: false },
      weights: { kernel: { shape: [FEATURES, CLASSES], values: KERNEL } },
      inbound_nodes: [[['l0', 0, 0, {}]]],
    };
    const flatten = { class_name: 'Flatten', inbound_nodes: [[['input', 0, 0, {}]]] };
    const { network } = kerasFiles([flatten, dense], { className: 'Functional' });
    if (network.kind !== 'layers') throw new Error('unexpected kind');
    const { config } = network.modelTopology['model_config'] as { config: Record<string, unknown> };
    const [input, ...others] = config['layers'] as { config: object }[];
    const layers = [
      { ...input, config: { ...input!.config, batch_input_shape: [null, 4, 3, 3] } },
      ...others,
    ];
    const outputs = [
      ['l0', 0, 0],
      ['l1', 0, 0],
    ];
    const model = { class_name: 'Functional', config: { ...config, layers, output_layers: outputs } };
    const files = colorModel({ ...network, modelTopology: { model_config: model }, output: 'l1' }, BGR);
    expect(await differenceOn(runtime, files, expected(BGR))).toBeLessThan(1e-5);
    expect(await differenceOfNumbers(runtime, files)).toBeLessThan(1e-5);
    const unnamed = colorModel({ ...network, modelTopology: { model_config: model }, output: 'l9' }, BGR);
    await expect(differenceOn(runtime, unnamed, [])).rejects.toThrow(/no output l9.* l0, l1/);
  });
});
