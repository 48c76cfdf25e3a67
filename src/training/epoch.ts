import { setImmediate } from 'node:timers/promises';
import type { Optimizer, Sequential } from '@tensorflow/tfjs';
import { IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { EpochPoint } from '../core/training-history';
import { createBatch, type Batch, type LabelledImages } from './batches';
import { reseedDropout } from './network';
import { learningRateShare, setLearningRate } from './optimizer';
import { createPermutation, type Random } from './random';
import type { Recipe } from './recipe';

import type { TensorFlow } from './tensorflow';
import { decayWeights, type WeightAverage } from './weights';

export interface BatchReport {
  /** From 1. */
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  /** Running means in this epoch. */
  readonly loss: number;
  readonly accuracy: number;
}

export interface EpochReport extends EpochPoint {
  readonly epochs: number;
  /** The weights of this epoch are the best so far. */
  readonly best: boolean;
  readonly seconds: number;
}

/** The reason for the end of a training: the last epoch, early stopping or the signal. */
export type TrainingEnd = 'complete' | 'patience' | 'signal';

export interface FitHooks {
  onBatch?(report: BatchReport): void;
  onEpoch?(report: EpochReport): void;
}

/** The mutable state of a training. */
export interface Trainee {
  readonly tf: TensorFlow;
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly average: WeightAverage | undefined;
  /** Source of order, augmentation and dropout. */
  readonly random: Random;
}

export interface EpochOptions extends Recipe {
  readonly training: LabelledImages;
  /** From 1. */
  readonly epoch: number;
}

/** Trains on every image once, or until the current batch after `signal` aborts. Returns the means of loss and accuracy. */
export async function runEpoch(
  { tf, model, optimizer, average, random }: Trainee,
  options: EpochOptions,
  hooks: FitHooks,
  signal: AbortSignal,
): Promise<{ loss: number; accuracy: number }> {
  const { training, batchSize, epoch, epochs } = options;
  const order = createPermutation(training.labels.length, random);
  const batches = Math.ceil(order.length / batchSize);
  const sums = { images: 0, loss: 0, accuracy: 0 };
  for (let batch = 1; batch <= batches && !signal.aborted; batch++) {
    const progress = ((epoch - 1) * batches + batch - 1) / (epochs * batches);
    const learningRate = options.learningRate * learningRateShare(progress, options.warmUpEpochs / epochs);
    setLearningRate(optimizer, learningRate);
    reseedDropout(model, random);
    const indices = order.subarray((batch - 1) * batchSize, batch * batchSize);
    const data = createBatch(training, indices, { ...options, random });
    const [loss = NaN, accuracy = NaN] = await trainOnBatch(tf, model, data);
    if (options.weightDecay > 0) decayWeights(tf, model, learningRate * options.weightDecay);
    average?.update();
    sums.images += data.size;
    sums.loss += loss * data.size;
    sums.accuracy += accuracy * data.size;
    hooks.onBatch?.({
      epoch,
      batch,
      batches,
      loss: sums.loss / sums.images,
      accuracy: sums.accuracy / sums.images,
    });
    // A batch blocks the thread; this lets signals and progress bars run.
    await setImmediate();
  }
  return { loss: sums.loss / sums.images, accuracy: sums.accuracy / sums.images };
}

async function trainOnBatch(tf: TensorFlow, model: Sequential, batch: Batch): Promise<number[]> {
  const inputs = tf.tensor4d(batch.inputs, [batch.size, IMAGE_SIDE, IMAGE_SIDE, 1]);
  const targets = tf.tensor2d(batch.targets, [batch.size, CLASS_COUNT]);
  try {
    const results = await model.trainOnBatch(inputs, targets);
    return Array.isArray(results) ? results : [results];
  } finally {
    inputs.dispose();
    targets.dispose();
  }
}
