import { readFileSync } from 'node:fs';
import path from 'node:path';
import { int8Schema } from '../../../src/models/files/schema';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../../src/models/files';
import { compileToInt8 } from '../../../src/inference/onnx/compile';
import { convolutionInFloats } from '../../../src/inference/onnx/integers';
import type { Call } from '../../../src/inference/onnx/calls';
import type { Layer } from '../../../src/inference/onnx/layer';
import { nodesOf } from '../../helpers/onnx-nodes';

const EARLIER = path.join(__dirname, '../../fixtures/int8-schema-1.json');

const shipped = async (spec: string): Promise<ModelFiles> =>
  await readModelFiles(await resolveModelDir(spec));

const layer = (className: string, activation?: string): Layer => ({
  className,
  name: className.toLowerCase(),
  config: activation === undefined ? {} : { activation },
  weights: new Map(),
});
const conv = (activation?: string) => layer('Conv2D', activation);
const pool = layer('MaxPooling2D');
const normalization = layer('BatchNormalization');
const relu = layer('Activation', 'relu');
/** Each layer behind the one before it, the first behind the input. */
const inARow = (layers: readonly Layer[]): Call[] =>
  layers.reduce<Call[]>(
    (calls, one) => [...calls, { layer: one, inputs: [calls.at(-1)!] }],
    [{ layer: layer('InputLayer'), inputs: [] }],
  );

describe('the first convolution stays in floats', () => {
  it.each<[string, Layer[]]>([
    ['in front of a max pooling', [conv('relu'), pool, conv()]],
    ['with an activation of its own behind it', [conv(), relu, pool]],
    ['with a normalization that is folded into it', [conv('linear'), normalization, relu, pool]],
    ['with a layer for the activation', [conv(), layer('ReLU'), pool]],
  ])('%s', (_name, layers) => {
    expect(convolutionInFloats(inARow(layers))).toBe('conv2d');
  });
});

describe('the first convolution uses integers', () => {
  it.each<[string, Layer[]]>([
    ['without a pooling', [conv('relu'), conv(), pool]],
    ['in front of an average pooling', [conv('relu'), layer('AveragePooling2D')]],
    ['in front of a normalization that is not folded', [conv('relu'), normalization, pool]],
    ['in front of a second activation', [conv('relu'), relu, pool]],
    ['at the end', [conv('relu')]],
    ['where another layer is the first', [layer('DepthwiseConv2D'), pool, conv(), pool]],
    ['in a model without layers', []],
  ])('%s', (_name, layers) => {
    expect(convolutionInFloats(inARow(layers))).toBeUndefined();
  });
});

it('uses integers where two layers take the output of the first convolution', () => {
  const calls = inARow([conv('relu'), pool]);
  const second: Call = { layer: pool, inputs: [calls[1]!] };
  const add: Call = { layer: layer('Add'), inputs: [calls[2]!, second] };
  expect(convolutionInFloats([...calls, second, add])).toBeUndefined();
});

describe('the graph in 8-bit integers', () => {
  it('starts with float pixels, weights and pooling, and quantizes after a Mul', async () => {
    const files = await shipped('fashion-mnist@1');
    const nodes = nodesOf(compileToInt8(files, files.int8!));
    const operators = nodes.map(({ operator }) => operator);
    const start = ['Cast', 'Mul', 'Conv', 'Relu', 'MaxPool', 'Mul', 'QuantizeLinear', 'DequantizeLinear'];
    expect(operators.slice(0, start.length)).toEqual(start);
    const [, kernel, bias] = nodes[2]!.inputs;
    const outputs = nodes.map(({ output }) => output);
    expect(outputs).not.toContain(kernel);
    expect(outputs).not.toContain(bias);
    // Scaled by 2 before quantization, but not after.
    expect(nodes[6]!.inputs[1]).not.toBe(nodes[7]!.inputs[1]);
  });

  it('uses integers everywhere else', async () => {
    const files = await shipped('fashion-mnist@1');
    const nodes = nodesOf(compileToInt8(files, files.int8!));
    const made = new Map(nodes.map(({ output, operator }) => [output, operator]));
    const products = nodes.filter(({ operator }) => ['Conv', 'Gemm'].includes(operator)).slice(1);
    expect(products).toHaveLength(3);
    for (const { inputs } of products)
      expect(inputs.map((name) => made.get(name))).toEqual(inputs.map(() => 'DequantizeLinear'));
  });

  it('starts with integers if no pooling follows', async () => {
    const files = await shipped('fashion-mnist@2');
    const [first] = nodesOf(compileToInt8(files, { ...files.int8!, schemaVersion: 2 }));
    expect(first!.operator).toBe('DequantizeLinear');
  });

  it('starts with integers for a model quantized by an earlier release', async () => {
    const files = await shipped('fashion-mnist@1');
    const earlier = int8Schema.parse(JSON.parse(readFileSync(EARLIER, 'utf8')));
    const [first] = nodesOf(compileToInt8(files, earlier));
    expect(first!.operator).toBe('DequantizeLinear');
  });
});
