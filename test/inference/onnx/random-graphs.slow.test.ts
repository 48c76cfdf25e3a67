/** @jest-environment ./test/helpers/one-realm-environment.js */
import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../../src/training/random';
import { differenceOf, withRandomWeights, type Size } from '../../helpers/tfjs-graph';

const { layers } = tf;
const GRAPHS = 40;
const LAYERS = 9;

type Values = tf.SymbolicTensor;

beforeAll(() => tf.setBackend('cpu'));

it.each(Array.from({ length: GRAPHS }, (_, seed) => seed))(
  'a random graph is compiled to the same function (seed %i)',
  async (seed) => {
    const random = createRandom(seed + 1);
    const below = (most: number): number => Math.floor(random() * most);
    const size: Size = { height: 5 + below(6), width: 5 + below(6), channels: below(2) === 0 ? 1 : 3 };
    const inputs = tf.input({ shape: [size.height, size.width, size.channels] });
    const made: Values[] = [inputs];
    for (let i = 0; i < LAYERS; i++) made.push(addLayer(made, below));
    const output = merged(made.slice(-2));
    const model = withRandomWeights(tf.model({ inputs, outputs: output }));
    expect(await differenceOf(model, size)).toBeLessThan(1e-4);
  },
);

/** A layer on one or two of the values so far. */
function addLayer(made: readonly Values[], below: (most: number) => number): Values {
  const input = made[Math.max(0, made.length - 1 - below(3))]!;
  const alike = made.filter((one) => one.shape.join() === input.shape.join());
  const other = alike[below(alike.length)]!;
  const same = made.filter((one) => one.shape.slice(0, 3).join() === input.shape.slice(0, 3).join());
  const [filters, kernelSize, strides] = [1 + below(4), 1 + below(3), 1 + below(2)];
  const padding = 'same' as const;
  const on = (layer: tf.layers.Layer, values: Values | Values[] = input): Values =>
    layer.apply(values) as Values;
  const choices: (() => Values)[] = [
    () => on(layers.conv2d({ filters, kernelSize, strides, padding })),
    () => on(layers.conv2d({ filters, kernelSize, padding, dilationRate: 2, activation: 'relu' })),
    () => on(layers.depthwiseConv2d({ kernelSize, padding, depthMultiplier: 1 + below(2) })),
    () => on(layers.separableConv2d({ filters, kernelSize, padding, activation: 'swish' })),
    () => on(layers.conv2dTranspose({ filters, kernelSize, strides, padding })),
    () => on(layers.batchNormalization()),
    () => on(layers.batchNormalization()),
    () => on(layers.layerNormalization()),
    () => on(layers.reLU({ maxValue: 6 })),
    () => on(layers.activation({ activation: 'tanh' })),
    () => on(layers.prelu({ sharedAxes: [1, 2] })),
    () => on(layers.maxPooling2d({ poolSize: 2, strides, padding })),
    () => on(layers.averagePooling2d({ poolSize: 2, strides, padding })),
    () => on(layers.zeroPadding2d({ padding: [below(2), 1] })),
    () => on(layers.dropout({ rate: 0.5 })),
    () => on(layers.dense({ units: filters })),
    () => on(layers.permute({ dims: [2, 1, 3] })),
    () => (other === input ? input : on(layers.add(), [input, other])),
    () => (other === input ? input : on(layers.multiply(), [input, other])),
    () => (other === input ? input : on(layers.maximum(), [input, other])),
    () => (same.length < 2 ? input : on(layers.concatenate(), same.slice(-3))),
  ];
  return choices[below(choices.length)]!();
}

/** One list of numbers of all values. */
function merged(values: readonly Values[]): Values {
  const flat = values.map((one) => layers.flatten().apply(one) as Values);
  const units = flat.map((one) => layers.dense({ units: 4 }).apply(one) as Values);
  return layers.softmax({ axis: -1 }).apply(layers.average().apply(units)) as Values;
}
