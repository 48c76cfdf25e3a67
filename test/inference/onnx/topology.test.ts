import { topologyOf } from '../../../src/inference/onnx/topology';
import { withLayers } from '../../helpers/layers-network';
import {
  callsOf,
  filesOf,
  functional,
  input,
  inside,
  keras2,
  keras3,
  layer,
  refusal,
  sequential,
  type Json,
} from '../../helpers/topology-json';

/** The value of the weight `kernel` of each layer. */
function kernelsOf(topology: Json, names: readonly string[]): Record<string, number | undefined> {
  const { calls } = topologyOf(filesOf(topology, { names }));
  return Object.fromEntries(
    calls
      .filter(({ layer: { weights } }) => weights.size > 0)
      .map(({ layer: { name, weights } }) => [name, weights.get('kernel')?.values[0]]),
  );
}

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
