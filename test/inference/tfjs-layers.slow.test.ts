/** @jest-environment ./test/helpers/one-realm-environment.js */
import * as tf from '@tensorflow/tfjs';
import { adaptForTfjs } from '../../src/inference/runtimes/adapt-topology';
import { kerasFiles } from '../helpers/keras-model';
import { withLayers } from '../helpers/layers-network';

const { layers } = tf;
const row = (layer: tf.layers.Layer) => [layers.reshape({ targetShape: [6, 5] }), layer];
const cell = (units: number) => layers.lstmCell({ units });

/** Layers as TF.js writes them, with its default options. */
const STACKS: [string, () => tf.layers.Layer[]][] = [
  ['conv2d', () => [layers.conv2d({ filters: 2, kernelSize: 3 })]],
  ['separableConv2d', () => [layers.separableConv2d({ filters: 2, kernelSize: 3 })]],
  ['depthwiseConv2d', () => [layers.depthwiseConv2d({ kernelSize: 3 })]],
  ['conv2dTranspose', () => [layers.conv2dTranspose({ filters: 2, kernelSize: 3 })]],
  ['pooling', () => [layers.maxPooling2d({}), layers.averagePooling2d({ poolSize: 1 })]],
  ['global pooling', () => [layers.globalMaxPooling2d({})]],
  [
    'padding and cropping',
    () => [
      layers.zeroPadding2d({}),
      layers.cropping2D({
        cropping: [
          [1, 1],
          [1, 1],
        ],
      }),
    ],
  ],
  ['upSampling2d', () => [layers.upSampling2d({})]],
  ['normalizations', () => [layers.batchNormalization(), layers.layerNormalization()]],
  ['activations', () => [layers.reLU(), layers.leakyReLU(), layers.elu(), layers.prelu(), layers.softmax()]],
  ['thresholdedReLU', () => [layers.thresholdedReLU(), layers.activation({ activation: 'swish' })]],
  ['noise', () => [layers.gaussianNoise({ stddev: 1 }), layers.gaussianDropout({ rate: 0.1 })]],
  ['dropout', () => [layers.alphaDropout({ rate: 0.1 }), layers.dropout({ rate: 0.1 })]],
  ['shapes', () => [layers.permute({ dims: [2, 1, 3] }), layers.flatten(), layers.repeatVector({ n: 2 })]],
  ['rescaling', () => [layers.rescaling({ scale: 2 })]],
  ['conv1d', () => row(layers.conv1d({ filters: 2, kernelSize: 3 }))],
  ['maxPooling1d', () => row(layers.maxPooling1d({}))],
  ['globalAveragePooling1d', () => row(layers.globalAveragePooling1d())],
  ['lstm', () => row(layers.lstm({ units: 2, returnSequences: true }))],
  ['gru', () => row(layers.gru({ units: 2 }))],
  ['simpleRNN', () => row(layers.simpleRNN({ units: 2 }))],
  ['rnn', () => row(layers.rnn({ cell: [cell(2), cell(3)] }))],
  [
    'bidirectional',
    () => row(layers.bidirectional({ layer: layers.lstm({ units: 2 }), mergeMode: 'concat' })),
  ],
  ['timeDistributed', () => row(layers.timeDistributed({ layer: layers.dense({ units: 2 }) }))],
  ['masking', () => row(layers.masking({ maskValue: 3 }))],
];

beforeAll(() => tf.setBackend('cpu'));

it.each(STACKS)('TF.js computes its own %s unchanged', async (_name, stack) => {
  const model = tf.sequential({ layers: [layers.inputLayer({ inputShape: [6, 5, 1] }), ...stack()] });
  const topology = await topologyOf(model);
  expect(
    configsIn(adaptForTfjs(withLayers(kerasFiles([]), { modelTopology: topology })).modelTopology),
  ).toEqual(configsIn(topology));
});

it('TF.js computes the layers that merge branches unchanged', async () => {
  const input = tf.input({ shape: [6, 5, 1] });
  const branches = [1, 2].map(() => layers.conv2d({ filters: 2, kernelSize: 3 }).apply(input));
  const merges = [layers.add(), layers.multiply(), layers.average(), layers.maximum(), layers.minimum()];
  const merged = merges.map((merge) => merge.apply(branches as tf.SymbolicTensor[]));
  const outputs = layers.concatenate().apply(merged as tf.SymbolicTensor[]) as tf.SymbolicTensor;
  const topology = await topologyOf(tf.model({ inputs: input, outputs }));
  expect(adaptForTfjs(withLayers(kerasFiles([]), { modelTopology: topology })).modelTopology).toEqual(
    topology,
  );
});

async function topologyOf(model: tf.LayersModel): Promise<Record<string, unknown>> {
  let topology: unknown;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      topology = artifacts.modelTopology;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return JSON.parse(JSON.stringify(topology)) as Record<string, unknown>;
}

function configsIn(topology: Record<string, unknown>): unknown {
  return (topology['config'] as { layers: unknown }).layers;
}
