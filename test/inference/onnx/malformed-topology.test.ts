import { compileToOnnx } from '../../../src/inference/onnx/compile';
import {
  callsOf,
  filesOf,
  functional,
  input,
  inside,
  keras2,
  layer,
  refusal,
  sequential,
  type Json,
} from '../../helpers/topology-json';

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
