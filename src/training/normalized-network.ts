import type { Sequential, layers as Layers } from '@tensorflow/tfjs';
import { CLASS_COUNT } from '../core/labels';
import type { TensorFlow } from './tensorflow';

type Layer = Layers.Layer;
type ConvolutionOptions = Parameters<typeof Layers.conv2d>[0];

export interface NormalizedNetwork {
  readonly name: string;
  readonly seed: number;
  /** Share of the values before the dense layer that are left out in a training step. */
  readonly dropout: number;
  /** The layers before the dense one. `convolution` has batch normalization and ReLU. */
  body(convolution: (options: ConvolutionOptions) => Layer[]): Layer[];
}

/** Convolutions with batch normalization, which inference runtimes fold into the weights, and one dense layer. */
export function createNormalizedNetwork(tf: TensorFlow, network: NormalizedNetwork): Sequential {
  const { layers } = tf;
  const { name, seed, dropout } = network;
  let nth = 0;
  const kernelInitializer = () => tf.initializers.heNormal({ seed: seed + ++nth });
  const convolution = (options: ConvolutionOptions): Layer[] => [
    layers.conv2d({
      padding: 'same',
      ...options,
      useBias: false,
      kernelInitializer: kernelInitializer(),
    }),
    layers.batchNormalization({}),
    layers.activation({ activation: 'relu' }),
  ];
  return tf.sequential({
    name,
    layers: [
      ...network.body(convolution),
      layers.flatten(),
      layers.dropout({ rate: dropout, seed }),
      layers.dense({ units: CLASS_COUNT, activation: 'softmax', kernelInitializer: kernelInitializer() }),
    ],
  });
}
