import type { LayersModel, Tensor, Tensor1D, Tensor4D, layers } from '@tensorflow/tfjs';
import { StreamInferError } from '../core/errors';
import type { TensorFlow } from './tensorflow';

type Layer = layers.Layer;

/** The part of tfjs-node's backend that runs a TensorFlow operator. */
interface Backend {
  readonly binding: Readonly<Record<string, number>>;
  executeMultipleOutputs(name: string, attributes: unknown[], inputs: Tensor[], outputs: number): Tensor[];
}

/** The output, mean and variance of the batch, and reserved values for the gradients. */
const FORWARD_OUTPUTS = 6;
const GRADIENT_OUTPUTS = 5;

/**
 * Trains every BatchNormalization after a convolution with TensorFlow's fused operator. TF.js instead
 * composes it from about twenty operators, which take a third of an epoch. Inference, weights and saved files
 * do not change.
 */
export function fuseBatchNormalization(tf: TensorFlow, model: LayersModel): void {
  for (const layer of model.layers) {
    if (layer.getClassName() === 'BatchNormalization') fuse(tf, layer);
  }
}

function fuse(tf: TensorFlow, layer: Layer): void {
  const { epsilon, momentum } = layer.getConfig() as { epsilon: number; momentum: number };
  const infer = layer.call.bind(layer);
  layer.call = (inputs, options) => {
    if (!options['training']) return infer(inputs, options);
    const [gamma, beta] = layer.trainableWeights;
    const [mean, variance] = layer.nonTrainableWeights;
    if (!gamma || !beta || !mean || !variance)
      throw new StreamInferError('INTERNAL', `${layer.name} does not have the weights of a normalization`);
    return tf.tidy(() => {
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
      const normalized = normalize(tf, input, gamma.read() as Tensor1D, beta.read() as Tensor1D, epsilon);
      for (const [moving, value] of [
        [mean, normalized.mean],
        [variance, normalized.variance],
      ] as const) {
        moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(value, 1 - momentum)));
        value.dispose();
      }
      return normalized.output;
    });
  };
}

function normalize(tf: TensorFlow, input: Tensor4D, gamma: Tensor1D, beta: Tensor1D, epsilon: number) {
  const backend = tf.backend() as unknown as Backend;
  const attributes = attributesOf(backend.binding, epsilon);
  let statistics: readonly Tensor[] = [];
  const operator = tf.customGrad((...operands) => {
    const [x, scale, offset] = operands as Tensor[];
    const save = operands.at(-1) as (tensors: Tensor[]) => void;
    const none = tf.tensor1d([]);
    const results = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      attributes,
      [x!, scale!, offset!, none, none],
      FORWARD_OUTPUTS,
    );
    const [value, mean, variance, ...reserved] = results as [Tensor, Tensor, Tensor, ...Tensor[]];
    // A custom-gradient operator returns only one tensor, so these two are passed out separately.
    statistics = [tf.keep(mean), tf.keep(variance)];
    save([x!, scale!, ...reserved]);
    return {
      value,
      gradFunc: (gradient, saved) => {
        const operands = [gradient, ...saved];
        return backend
          .executeMultipleOutputs('FusedBatchNormGradV3', attributes, operands, GRADIENT_OUTPUTS)
          .slice(0, 3);
      },
    };
  });
  const output = operator(input, gamma, beta);
  const [mean, variance] = statistics as [Tensor, Tensor];
  return { output, mean, variance };
}

function attributesOf(binding: Backend['binding'], epsilon: number): unknown[] {
  return [
    { name: 'T', type: binding['TF_ATTR_TYPE'], value: binding['TF_FLOAT'] },
    { name: 'U', type: binding['TF_ATTR_TYPE'], value: binding['TF_FLOAT'] },
    { name: 'epsilon', type: binding['TF_ATTR_FLOAT'], value: epsilon },
    { name: 'data_format', type: binding['TF_ATTR_STRING'], value: 'NHWC' },
    { name: 'is_training', type: binding['TF_ATTR_BOOL'], value: true },
  ];
}
