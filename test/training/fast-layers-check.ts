/**
 * Run in a child process, like tiny-training.ts. Compares one training step of TF.js and `trainFast`: output, gradients
 * and moving statistics of a convolution with normalization and ReLU. Another convolution has a bias and ReLU itself.
 * Prints the largest differences as JSON, by network and name.
 */
import type { Sequential, Tensor } from '@tensorflow/tfjs';
import { trainFast } from '../../src/training/fast-layers';
import { loadTensorFlow } from '../../src/training/tensorflow';

const tf = loadTensorFlow();
const { layers } = tf;
const input = tf.randomNormal([8, 6, 6, 1], 2, 3, 'float32', 1);
const towards = tf.randomNormal([8, 3, 3, 4], 0, 1, 'float32', 2);

const convolution = (options: { useBias: boolean; activation?: 'relu' }) =>
  layers.conv2d({
    ...{ inputShape: [6, 6, 1], filters: 4, kernelSize: 3, strides: 2, padding: 'same' },
    kernelInitializer: tf.initializers.heNormal({ seed: 3 }),
    biasInitializer: tf.initializers.randomNormal({ seed: 4 }),
    ...options,
  });

const NETWORKS: Readonly<Record<string, () => Sequential>> = {
  normalized: () =>
    tf.sequential({
      layers: [
        convolution({ useBias: false }),
        layers.batchNormalization({ momentum: 0.5 }),
        layers.activation({ activation: 'relu' }),
      ],
    }),
  plain: () => tf.sequential({ layers: [convolution({ useBias: true, activation: 'relu' })] }),
};

function step(model: Sequential): Map<string, Tensor> {
  const apply = (training: boolean) => model.apply(input, { training }) as Tensor;
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(apply(true), towards)).asScalar());
  const [output, inferred] = [apply(true), apply(false)];
  const [, , , mean, variance] = model.getWeights();
  const gradients = Object.values(grads).map((gradient, i): [string, Tensor] => [`gradient ${i}`, gradient]);
  const statistics = mean && variance ? { mean, variance } : {};
  return new Map([...Object.entries({ output, inferred, ...statistics }), ...gradients]);
}

const differences = Object.entries(NETWORKS).map(([name, create]) => {
  const own = step(create());
  const fast = create();
  trainFast(tf, fast);
  const largest = [...step(fast)].map(([part, tensor]) => [
    part,
    tf.max(tf.abs(tf.sub(tensor, own.get(part)!))).dataSync()[0],
  ]);
  return [name, Object.fromEntries(largest) as unknown];
});
process.stdout.write(JSON.stringify(Object.fromEntries(differences)));
