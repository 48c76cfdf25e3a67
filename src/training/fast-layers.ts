import type { LayersModel, Tensor, Tensor4D, layers } from '@tensorflow/tfjs';
import { fuseBatchNormalization } from './batch-normalization';
import type { TensorFlow } from './tensorflow';

type Layer = layers.Layer;

/**
 * Lets layers train with the operators that TensorFlow has for it, where TF.js does more than is needed: normalization,
 * the gradient of a ReLU, and that of the pixels, which nobody asks for. The numbers are the same, an epoch takes two
 * thirds of the time. Inference, weights and what is saved stay as they are.
 */
export function trainFast(tf: TensorFlow, model: LayersModel): void {
  fuseBatchNormalization(tf, model);
  const [first, ...others] = model.layers;
  if (first?.getClassName() === 'Conv2D') passOverPixels(tf, first);
  for (const layer of others) {
    if (layer.getClassName() === 'Activation' && layer.getConfig()['activation'] === 'relu')
      fuseRelu(tf, layer);
  }
}

/** A Conv2D of layers is one operator with its activation, even a linear one, whose gradient is always whole. */
function passOverPixels(tf: TensorFlow, layer: Layer): void {
  const { strides, padding, useBias, activation } = layer.getConfig() as {
    strides: [number, number];
    padding: 'same' | 'valid';
    useBias: boolean;
    activation: string;
  };
  if (useBias || activation !== 'linear') return;
  inTraining(layer, (input) => {
    const kernel = layer.trainableWeights[0]!.read() as Tensor4D;
    return tf.conv2d(input as Tensor4D, kernel, strides, padding);
  });
}

/** TF.js multiplies with a step function, which it makes from five other operators. */
function fuseRelu(tf: TensorFlow, layer: Layer): void {
  const backend = tf.backend() as unknown as {
    readonly binding: Readonly<Record<string, number>>;
    executeSingleOutput(name: string, attributes: unknown[], inputs: Tensor[]): Tensor;
  };
  const { TF_ATTR_TYPE: type, TF_FLOAT: value } = backend.binding;
  const relu = tf.customGrad((x, save) => {
    const output = tf.relu(x as Tensor);
    (save as (tensors: Tensor[]) => void)([output]);
    return {
      value: output,
      gradFunc: (gradient, saved) =>
        backend.executeSingleOutput('ReluGrad', [{ name: 'T', type, value }], [gradient, ...saved]),
    };
  });
  inTraining(layer, (input) => relu(input));
}

function inTraining(layer: Layer, train: (input: Tensor) => Tensor): void {
  const infer = layer.call.bind(layer);
  layer.call = (inputs, options) => {
    if (!options['training']) return infer(inputs, options);
    return train((Array.isArray(inputs) ? inputs[0] : inputs) as Tensor);
  };
}
