/**
 * Run in a child process, like tiny-training.ts: one training step's output, gradients and moving statistics of a
 * BatchNormalization, as TF.js computes them and fused; prints the largest differences as JSON.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { fuseBatchNormalization } from '../../src/training/batch-normalization';
import { loadTensorFlow } from '../../src/training/tensorflow';

const tf = loadTensorFlow();
const input = tf.randomNormal([8, 5, 5, 3], 2, 3, 'float32', 1);
const towards = tf.randomNormal([8, 5, 5, 3], 0, 1, 'float32', 2);

function step(fused: boolean): Tensor[] {
  const layer = tf.layers.batchNormalization({ inputShape: [5, 5, 3], momentum: 0.5 });
  const model = tf.sequential({ layers: [layer] });
  if (fused) fuseBatchNormalization(tf, model);
  const loss = (x: Tensor) =>
    tf.sum(tf.mul(model.apply(x, { training: true }) as Tensor, towards)).asScalar();
  const { grads } = tf.variableGrads(() => loss(input));
  const output = model.apply(input, { training: true }) as Tensor;
  return [output, tf.grad(loss)(input), ...Object.values(grads), ...model.getWeights()];
}

const own = step(false);
const differences = step(true).map((tensor, i) => tf.max(tf.abs(tf.sub(tensor, own[i]!))).dataSync()[0]);
process.stdout.write(JSON.stringify(differences));
