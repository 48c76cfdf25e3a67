/**
 * Run in a child process, like tiny-training.ts. Compares one training step of TF.js and `trainFast`: output,
 * gradients and moving statistics of a convolution with normalization and ReLU. Prints the largest
 * differences as JSON, by name.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { trainFast } from '../../src/training/fast-layers';
import { loadTensorFlow } from '../../src/training/tensorflow';

const tf = loadTensorFlow();
const { layers } = tf;
const input = tf.randomNormal([8, 6, 6, 1], 2, 3, 'float32', 1);
const towards = tf.randomNormal([8, 3, 3, 4], 0, 1, 'float32', 2);

function step(fast: boolean): Map<string, Tensor> {
  const kernelInitializer = tf.initializers.heNormal({ seed: 3 });
  const model = tf.sequential({
    layers: [
      layers.conv2d({
        inputShape: [6, 6, 1],
        filters: 4,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        useBias: false,
        kernelInitializer,
      }),
      layers.batchNormalization({ momentum: 0.5 }),
      layers.activation({ activation: 'relu' }),
    ],
  });
  if (fast) trainFast(tf, model);
  const apply = (training: boolean) => model.apply(input, { training }) as Tensor;
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(apply(true), towards)).asScalar());
  const [output, inferred] = [apply(true), apply(false)];
  const [, , , mean, variance] = model.getWeights();
  const named = { output, inferred, mean: mean!, variance: variance! };
  const gradients = Object.values(grads).map((gradient, i): [string, Tensor] => [`gradient ${i}`, gradient]);
  return new Map([...Object.entries(named), ...gradients]);
}

const own = step(false);
const differences = [...step(true)].map(([name, tensor]) => [
  name,
  tf.max(tf.abs(tf.sub(tensor, own.get(name)!))).dataSync()[0],
]);
process.stdout.write(JSON.stringify(Object.fromEntries(differences)));
