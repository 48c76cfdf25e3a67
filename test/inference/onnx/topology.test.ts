import { compileToOnnx } from '../../../src/inference/onnx/compile';
import { topologyOf } from '../../../src/inference/onnx/topology';
import type { ModelFiles } from '../../../src/models/files';
import { kerasFiles } from '../../helpers/keras-model';
import { withLayers } from '../../helpers/layers-network';

type Json = Record<string, unknown>;

const keras2 = (...names: string[]) => [names.map((name) => [name, 0, 0, {}])];
const keras3 = (...names: string[]) => {
  const tensors = names.map((name) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
  }));
  return [{ args: tensors.length > 1 ? [tensors] : tensors, kwargs: { training: false, mask: null } }];
};
const layer = (class_name: string, name: string, inbound_nodes: unknown = [], config: Json = {}): Json => ({
  class_name,
  name,
  config: { name, ...config },
  inbound_nodes,
});
const input = (name = 'in', config: Json = {}) => layer('InputLayer', name, [], config);
const functional = (layers: unknown[], output_layers: unknown, more: Json = {}): Json => ({
  class_name: 'Functional',
  name: 'model',
  config: { name: 'model', layers, input_layers: [['in', 0, 0]], output_layers, ...more },
});
const sequential = (layers: unknown[], name = 'model'): Json => ({
  class_name: 'Sequential',
  config: { name, layers },
});
const inside = (model: Json, name: string, inbound_nodes: unknown): Json => ({
  ...model,
  name,
  config: { ...(model['config'] as Json), name },
  inbound_nodes,
});

interface Weights {
  readonly names?: readonly string[];
  readonly output?: string;
}

/** Each weight has one value, its position. */
function filesOf(topology: Json, { names = [], output }: Weights = {}): ModelFiles {
  return withLayers(kerasFiles([]), {
    modelTopology: { model_config: topology },
    weightSpecs: names.map((name) => ({ name, shape: [1], dtype: 'float32' })),
    weightData: Float32Array.from(names, (_, i) => i).buffer,
    ...(output !== undefined && { output }),
  });
}

/** Each call with its inputs, as `name(inputs)`. */
function callsOf(topology: Json, weights?: Weights): string[] {
  return topologyOf(filesOf(topology, weights)).calls.map(
    (call) => `${call.layer.name}(${call.inputs.map((one) => one.layer.name).join()})`,
  );
}

/** The value of the weight `kernel` of each layer. */
function kernelsOf(topology: Json, names: readonly string[]): Record<string, number | undefined> {
  const { calls } = topologyOf(filesOf(topology, { names }));
  return Object.fromEntries(
    calls
      .filter(({ layer: { weights } }) => weights.size > 0)
      .map(({ layer: { name, weights } }) => [name, weights.get('kernel')?.values[0]]),
  );
}

const refusal = (code: string, message: RegExp): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('a functional model', () => {
  const branches = (nodes: (...names: string[]) => unknown) => [
    layer('Add', 'sum', nodes('b', 'a')),
    layer('ReLU', 'b', nodes('in')),
    input(),
    layer('Flatten', 'a', nodes('b')),
  ];
  const expected = ['in()', 'b(in)', 'a(b)', 'sum(b,a)'];

  it.each([
    ['Keras 2 and TF.js', keras2],
    ['Keras 3', keras3],
  ])('is read in the spelling of %s, in any order of its layers', (_name, nodes) => {
    expect(callsOf(functional(branches(nodes), [['sum', 0, 0]]))).toEqual(expected);
  });

  it('may have an output without a list around it, or one with a key', () => {
    expect(callsOf(functional(branches(keras3), ['sum', 0, 0], { input_layers: ['in', 0, 0] }))).toEqual(
      expected,
    );
    expect(callsOf(functional(branches(keras3), { scores: ['sum', 0, 0] }), { output: 'scores' })).toEqual(
      expected,
    );
  });

  it('may be written in camel case', () => {
    const { inbound_nodes: nodes, ...relu } = layer('ReLU', 'relu', keras2('in'));
    const config = {
      layers: [input(), { ...relu, inboundNodes: nodes }],
      inputLayers: [['in', 0, 0]],
      outputLayers: [['relu', 0, 0]],
    };
    expect(callsOf({ class_name: 'Model', config })).toEqual(['in()', 'relu(in)']);
  });

  it('computes only the chosen output, by default the first', () => {
    const layers = [input(), layer('ReLU', 'a', keras2('in')), layer('Lambda', 'b', keras2('a'))];
    const outputs = [
      ['a', 0, 0],
      ['b', 0, 0],
    ];
    expect(callsOf(functional(layers, outputs))).toEqual(['in()', 'a(in)']);
    expect(callsOf(functional(layers, outputs), { output: 'a' })).toEqual(['in()', 'a(in)']);
    expect(() => callsOf(functional(layers, outputs), { output: 'b' })).toThrow(/b \(Lambda\)/);
    expect(() => callsOf(functional(layers, outputs), { output: 'c' })).toThrow(/no output c, but a, b/);
  });

  it('may use a layer several times', () => {
    const nodes = [keras2('in')[0], keras2('relu')[0]];
    const output = [['relu', 1, 0]];
    expect(callsOf(functional([input(), layer('ReLU', 'relu', nodes)], output))).toEqual([
      'in()',
      'relu(in)',
      'relu(relu)',
    ]);
  });

  it('loses layers without an effect', () => {
    const layers = [
      input(),
      layer('Dropout', 'drop', keras2('in')),
      layer('RandomFlip', 'flip', keras3('drop')),
      layer('ReLU', 'relu', keras2('flip')),
    ];
    expect(callsOf(functional(layers, [['relu', 0, 0]]))).toEqual(['in()', 'relu(in)']);
  });
});

describe('a model inside a model', () => {
  it('is dissolved, whether sequential or functional', () => {
    const deep = functional([input(), layer('ReLU', 'c', keras2('in'))], [['c', 0, 0]]);
    const nested = sequential([inside(deep, 'deep', []), layer('Flatten', 'd')], 'nested');
    expect(callsOf(sequential([nested, layer('Softmax', 'e')]))).toEqual([
      '/input()',
      'c(/input)',
      'd(c)',
      'e(d)',
    ]);
  });

  it.each([
    ['from 0, as TF.js does', 0],
    ['from 1, as Keras does', 1],
  ])('may be called several times, counted %s', (_name, from) => {
    const nested = sequential([layer('ReLU', 'r')], 'nested');
    const call = (index: number) => [[['nested', from + index, 0, {}]]];
    const topology = functional(
      [
        input(),
        layer('Softmax', 's', keras2('in')),
        inside(nested, 'nested', [keras2('in')[0], keras2('s')[0]]),
        layer('Flatten', 'f', call(0)),
        layer('Dropout', 'g', call(1)),
        layer('Add', 'sum', keras2('f', 'g')),
      ],
      [['sum', 0, 0]],
    );
    expect(callsOf(topology)).toEqual(['in()', 'r(in)', 'f(r)', 's(in)', 'r(s)', 'sum(f,r)']);
  });

  it('may have several inputs and outputs', () => {
    const nested = functional(
      [input('x'), input('y'), layer('ReLU', 'p', keras2('x')), layer('Softmax', 'q', keras2('y'))],
      [
        ['q', 0, 0],
        ['p', 0, 0],
      ],
      {
        input_layers: [
          ['y', 0, 0],
          ['x', 0, 0],
        ],
      },
    );
    const layers = [
      input(),
      layer('Flatten', 'f', keras2('in')),
      inside(nested, 'nested', keras2('f', 'in')),
      layer('Add', 'sum', [
        [
          ['nested', 1, 0, {}],
          ['nested', 1, 1, {}],
        ],
      ]),
    ];
    expect(callsOf(functional(layers, [['sum', 0, 0]]))).toEqual([
      'in()',
      'f(in)',
      'q(f)',
      'p(in)',
      'sum(q,p)',
    ]);
  });
});

describe('the weights of a layer', () => {
  const nested = (name: string) => sequential([layer('Dense', 'dense')], name);
  const twice = sequential([nested('a'), nested('b'), layer('Dense', 'dense')], 'top');
  const [a, b, own] = ['top/a/dense', 'top/b/dense', 'top/dense'] as const;

  it('are found by the names of the models around it', () => {
    const names = ['b/dense/kernel', 'top/a/dense/kernel', 'dense/kernel'];
    expect(kernelsOf(twice, names)).toEqual({ [b]: 0, [a]: 1, [own]: 2 });
  });

  it('are found by their order where the names are equal', () => {
    const names = ['dense/bias', 'dense/kernel', 'dense/kernel', 'dense/kernel', 'dense/bias', 'dense/bias'];
    expect(kernelsOf(twice, names)).toEqual({ [a]: 1, [b]: 2, [own]: 3 });
  });

  it('are refused where names do not distinguish layers', () => {
    expect(() => kernelsOf(twice, ['dense/kernel'])).toThrow(
      refusal('MODEL_UNSUPPORTED', /dense occur 1 times, but 3 layers/),
    );
  });

  it('may have other prefixes than today, and slashes in the name of the layer', () => {
    const layers = [layer('Conv2D', 'conv1/conv'), layer('Dense', 'conv')];
    expect(kernelsOf(sequential(layers), ['old/conv1/conv/kernel', 'old/conv/kernel'])).toEqual({
      'conv1/conv': 0,
      conv: 1,
    });
  });

  it('must not lie behind the end of the data', () => {
    const files = withLayers(filesOf(twice, { names: ['top/dense/kernel'] }), {
      weightData: new ArrayBuffer(2),
    });
    expect(() => topologyOf(files)).toThrow(refusal('MODEL_CORRUPT', /top\/dense\/kernel/));
  });
});

describe('a malformed model is refused', () => {
  const relu = (nodes: unknown) => functional([input(), layer('ReLU', 'r', nodes)], [['r', 0, 0]]);
  const cycle = [layer('ReLU', 'r', keras2('s')), layer('ReLU', 's', keras2('r'))];
  it.each<[string, Json, string, RegExp]>([
    ['its own input', relu(keras2('r')), 'MODEL_CORRUPT', /r is one of its own inputs/],
    ['a cycle', functional([input(), ...cycle], [['r', 0, 0]]), 'MODEL_CORRUPT', /own inputs/],
    ['an unknown input', relu(keras2('x')), 'MODEL_CORRUPT', /no layer x/],
    ['an unknown call', relu([[['in', 0, 1, {}]]]), 'MODEL_CORRUPT', /one output only/],
    ['a layer without inputs', relu([]), 'MODEL_CORRUPT', /no call 0/],
    ['inputs without a list', relu({}), 'MODEL_UNSUPPORTED', /no list of inputs/],
    ['a number as an input', relu([[1]]), 'MODEL_UNSUPPORTED', /input without a name/],
    ['arguments', relu([{ args: [2], kwargs: {} }]), 'MODEL_UNSUPPORTED', /argument 2/],
    ['an option of a call', relu([[['in', 0, 0, { axis: 1 }]]]), 'MODEL_UNSUPPORTED', /axis 1/],
    ['deep arguments', relu([{ args: nest([], 20) }]), 'MODEL_UNSUPPORTED', /more than 8 lists/],
    ['two inputs', relu(keras2('in', 'in')), 'MODEL_UNSUPPORTED', /has 2 inputs/],
    ['no output', functional([input()], []), 'MODEL_UNSUPPORTED', /no output/],
    ['no outputs at all', functional([input()], undefined), 'MODEL_UNSUPPORTED', /inputs and outputs/],
    [
      'one name twice',
      functional([input(), input()], [['in', 0, 0]]),
      'MODEL_CORRUPT',
      /two layers have the name in/,
    ],
    ['an empty sequence', sequential([]), 'MODEL_UNSUPPORTED', /no layers/],
    [
      'a class of model of its own',
      sequential([{ class_name: 'Mine', config: { name: 'm', layers: [] } }]),
      'MODEL_UNSUPPORTED',
      /m \(Mine\)/,
    ],
    [
      'too many inputs',
      functional([input(), layer('Add', 'sum', keras2(...Array<string>(1001).fill('in')))], [['sum', 0, 0]]),
      'MODEL_UNSUPPORTED',
      /more than 1000 inputs/,
    ],
    ['models in each other', nestedModels(40), 'MODEL_UNSUPPORTED', /more than 32 models/],
    [
      'lists in each other',
      sequential([layer('ReLU', 'r', [], { threshold: nest(0, 50_000) })]),
      'MODEL_CORRUPT',
      /too many lists/,
    ],
    ['models that double each other', doubling(30), 'MODEL_UNSUPPORTED', /more than 50000 layers/],
    ['a large output', wide(), 'MODEL_UNSUPPORTED', /has an output of/],
  ])('for %s', (_name, topology, code, message) => {
    expect(() => compileToOnnx(filesOf(topology))).toThrow(refusal(code, message));
  });

  it('if it needs two inputs', () => {
    const layers = [input('in'), input('other'), layer('Add', 'sum', keras2('in', 'other'))];
    const inputs = ['in', 'other'].map((name) => [name, 0, 0]);
    expect(() => callsOf(functional(layers, [['sum', 0, 0]], { input_layers: inputs }))).toThrow(
      /needs 2 inputs instead of 1/,
    );
  });

  it('but not for a long chain', () => {
    const chain = Array.from({ length: 15_000 }, (_, i) =>
      layer('ReLU', `r${i}`, keras2(i === 0 ? 'in' : `r${i - 1}`)),
    );
    expect(callsOf(functional([input(), ...chain], [['r14999', 0, 0]]))).toHaveLength(15_001);
  });
});

function nest(value: unknown, depth: number): unknown {
  return depth === 0 ? value : Array.from({ length: depth }).reduce((inner) => [inner], value);
}

function nestedModels(depth: number): Json {
  return Array.from({ length: depth }).reduce<Json>(
    (inner, _, i) => sequential([inner], `m${i}`),
    sequential([layer('ReLU', 'r')]),
  );
}

/** Each model calls the one inside of it twice. */
function doubling(depth: number): Json {
  return Array.from({ length: depth }).reduce<Json>(
    (inner, _, i) =>
      functional(
        [input(), inside(inner, `m${i}`, [keras2('in')[0], [[`m${i}`, 0, 0, {}]]])],
        [[`m${i}`, 1, 0]],
      ),
    functional([input(), layer('ReLU', 'r', keras2('in'))], [['r', 0, 0]]),
  );
}

function wide(): Json {
  const grow = Array.from({ length: 9 }, (_, i) =>
    layer('UpSampling2D', `u${i}`, [], { size: [1000, 1000] }),
  );
  return sequential(grow);
}
