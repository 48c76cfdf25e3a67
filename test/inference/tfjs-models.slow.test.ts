/** @jest-environment ./test/helpers/one-realm-environment.js */
import { createRuntime } from '../../src/inference/runtimes/index';
import { loadChecked } from '../../src/inference/golden';
import type { ModelFiles, Network, Preprocessing } from '../../src/models/files/model';
import { graphNetwork, type GraphOptions } from '../helpers/graph-network';
import { kerasFiles, weight } from '../helpers/keras-model';

const SHAPE = [4, 3, 3];
const FEATURES = 36;
const CLASSES = 3;
const IMAGES = 5;
const KERNEL = weight([FEATURES, CLASSES], 3).values;
const PIXELS = Uint8Array.from({ length: IMAGES * FEATURES }, (_, i) => (i * 7919) % 256);
const BGR: Preprocessing = { scale: 0.01, offset: 0.5, mean: [0.1, 0.2, 0.3], std: [1, 2, 3], order: 'bgr' };
const RGB: Preprocessing = { scale: 1 / 255, offset: 0, mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' };
const RUNTIMES = ['tfjs-node', 'tfjs-wasm'] as const;

function filesOf(network: Network, preprocessing: Preprocessing, more: Partial<ModelFiles> = {}): ModelFiles {
  const files = kerasFiles([]);
  const labels = ['a', 'b', 'c'];
  const shape = { ...files.shape, height: 4, width: 3, channels: 3 as const, labels };
  return { ...files, network, shape, preprocessing, ...more };
}

/** Softmax of the preprocessed pixels times the kernel, in float64. */
function expected({ scale, offset, mean, std, order }: Preprocessing, kernel = KERNEL): number[] {
  return Array.from({ length: IMAGES }, (_, image) => {
    const logits = Array.from({ length: CLASSES }, (__, c) => {
      let sum = 0;
      for (let i = 0; i < FEATURES; i++) {
        const channel = i % 3;
        const source = order === 'bgr' ? i - channel + 2 - channel : i;
        const pixel = PIXELS[image * FEATURES + source]!;
        sum += ((pixel * scale + offset - mean[channel]!) / std[channel]!) * kernel[i * CLASSES + c]!;
      }
      return Math.exp(sum);
    });
    const total = logits.reduce((a, b) => a + b, 0);
    return logits.map((one) => one / total);
  }).flat();
}

async function difference(
  runtime: (typeof RUNTIMES)[number],
  files: ModelFiles,
  right: number[],
): Promise<number> {
  const loaded = await loadChecked(createRuntime(runtime, 'fp32'), files);
  try {
    const got = await loaded.predict(PIXELS, IMAGES);
    expect(got).toHaveLength(right.length);
    return Math.max(...right.map((value, i) => Math.abs(value - got[i]!)));
  } finally {
    await loaded.dispose();
  }
}

const graph = (options: Partial<GraphOptions> = {}) =>
  graphNetwork({ shape: SHAPE, kernel: KERNEL, classes: CLASSES, ...options });

describe.each(RUNTIMES)('a graph model on %s', (runtime) => {
  it('gets preprocessed pixels', async () => {
    expect(await difference(runtime, filesOf(graph(), BGR), expected(BGR))).toBeLessThan(1e-5);
  });

  it('may have quantized weights', async () => {
    const quantized = { scale: 1 / 256, min: -0.5 };
    const stored = KERNEL.map((value) => Math.floor((value + 0.5) * 256) / 256 - 0.5);
    const files = filesOf(graph({ quantized }), RGB);
    expect(await difference(runtime, files, expected(RGB, stored))).toBeLessThan(1e-5);
  });

  it('may take integers, and only a batch of two', async () => {
    const plain = { ...RGB, scale: 1 };
    const kernel = KERNEL.map((value) => value / 255);
    const input = { type: 'uint8', batch: 2 } as const;
    const files = filesOf(graph({ kernel, input }), plain);
    expect(await difference(runtime, files, expected(plain, kernel))).toBeLessThan(1e-5);
  });

  it('may end in logits', async () => {
    const output = { activation: 'softmax', independent: false } as const;
    const files = filesOf(graph({ operation: 'Identity' }), RGB, { output });
    expect(await difference(runtime, files, expected(RGB))).toBeLessThan(1e-5);
  });

  it('is refused for an unknown operation, with its name', async () => {
    const files = filesOf(graph({ operation: 'Frobnicate' }), RGB);
    await expect(difference(runtime, files, [])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('Frobnicate') as string,
    });
  });

  it('is refused if its outputs are not probabilities, with the fix', async () => {
    const files = filesOf(graph({ operation: 'Identity' }), RGB);
    await expect(difference(runtime, files, [])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/not probabilities.*"activation".*classifier\.json/) as string,
    });
  });
});

describe.each(RUNTIMES)('a model of layers on %s', (runtime) => {
  it('gets preprocessed colors, and one of its outputs counts', async () => {
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
    const files = filesOf({ ...network, modelTopology: { model_config: model }, output: 'l1' }, BGR);
    expect(await difference(runtime, files, expected(BGR))).toBeLessThan(1e-5);
    const unnamed = filesOf({ ...network, modelTopology: { model_config: model }, output: 'l9' }, BGR);
    await expect(difference(runtime, unnamed, [])).rejects.toThrow(/no output l9; its outputs are l0, l1/);
  });
});
