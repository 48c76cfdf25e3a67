import { setImmediate } from 'node:timers/promises';
import type { LayersModel, Optimizer, Sequential } from '@tensorflow/tfjs';
import { IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import { createBatch, type Batch, type LabelledImages } from './batches';
import { computeMetrics } from './metrics';
import { reseedDropout } from './network';
import { predictAll } from './predict';
import { createPermutation } from './random';
import type { TensorFlow } from './tensorflow';

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** Of Adam, at the start; it falls to a hundredth of it along a cosine. */
  readonly learningRate: number;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  /** Order, augmentation and dropout come from here. */
  readonly random: () => number;
}

export interface BatchReport {
  /** From 1. */
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  /** Running means of this epoch. */
  readonly loss: number;
  readonly accuracy: number;
}

export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  /** Its weights are the best so far. */
  readonly best: boolean;
  readonly seconds: number;
}

export interface FitHooks {
  onBatch?(report: BatchReport): void;
  onEpoch?(report: EpochReport): void;
}

const FINAL_LEARNING_RATE = 0.01;

/**
 * Trains until all epochs are done or `signal` aborts (after the batch it is at), and leaves the model with the weights
 * that did best on the validation images. Returns a report for every epoch, the cut one included.
 */
export async function fit(
  tf: TensorFlow,
  model: Sequential,
  options: FitOptions,
  hooks: FitHooks,
  signal: AbortSignal,
): Promise<EpochReport[]> {
  const optimizer = tf.train.adam(options.learningRate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const reports: EpochReport[] = [];
  const best = createBestWeights(tf, model);
  for (let epoch = 1; epoch <= options.epochs && !signal.aborted; epoch++) {
    const started = performance.now();
    const training = await runEpoch(tf, model, optimizer, { ...options, epoch }, hooks, signal);
    const { accuracy, logLoss } = computeMetrics(
      await predictAll(tf, model, options.validation.pixels),
      options.validation.labels,
    );
    const report: EpochReport = {
      epoch,
      epochs: options.epochs,
      ...training,
      validationLoss: logLoss,
      validationAccuracy: accuracy,
      best: best.offer(accuracy),
      seconds: (performance.now() - started) / 1000,
    };
    reports.push(report);
    hooks.onEpoch?.(report);
  }
  best.restore();
  optimizer.dispose();
  return reports;
}

async function runEpoch(
  tf: TensorFlow,
  model: Sequential,
  optimizer: Optimizer,
  options: FitOptions & { epoch: number },
  hooks: FitHooks,
  signal: AbortSignal,
): Promise<{ loss: number; accuracy: number }> {
  const { training, random, batchSize, epoch, epochs } = options;
  const order = createPermutation(training.labels.length, random);
  const batches = Math.ceil(order.length / batchSize);
  const sums = { images: 0, loss: 0, accuracy: 0 };
  for (let batch = 1; batch <= batches && !signal.aborted; batch++) {
    const progress = ((epoch - 1) * batches + batch - 1) / (epochs * batches);
    setLearningRate(optimizer, options.learningRate * cosineDecay(progress));
    reseedDropout(model, random);
    const data = createBatch(training, order.subarray((batch - 1) * batchSize, batch * batchSize), random);
    const [loss = NaN, accuracy = NaN] = await trainOnBatch(tf, model, data);
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
    // A batch blocks the thread; signals and progress bars get their turn here.
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

/** From 1 at the start to FINAL_LEARNING_RATE at the end: SGDR's schedule without restarts (arXiv:1608.03983, eq. 5). */
function cosineDecay(progress: number): number {
  return FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** TF.js has no schedules; Adam reads its protected field at every step, and assigning it is the documented way round. */
function setLearningRate(optimizer: Optimizer, learningRate: number): void {
  Object.assign(optimizer, { learningRate });
}

/** Keeps a copy of the weights with the highest score. */
function createBestWeights(tf: TensorFlow, model: LayersModel) {
  let bestScore = -1;
  let values: Float32Array[] = [];
  return {
    /** Whether this is the best so far. */
    offer(score: number): boolean {
      if (score <= bestScore) return false;
      bestScore = score;
      values = model.getWeights().map((weight) => weight.dataSync<'float32'>().slice());
      return true;
    },
    restore(): void {
      const tensors = model
        .getWeights()
        .map((weight, i) => tf.tensor(values[i] ?? weight.dataSync(), weight.shape));
      model.setWeights(tensors);
      tf.dispose(tensors);
    },
  };
}
