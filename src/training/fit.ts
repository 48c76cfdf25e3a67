import type { Sequential } from '@tensorflow/tfjs';
import type { LabelledImages } from './batches';
import type { Checkpoint } from './checkpoint';
import { runEpoch, type EpochReport, type FitHooks, type Trainee } from './epoch';
import { computeMetrics } from './metrics';
import { readOptimizer, writeOptimizer } from './optimizer';
import { predictAll } from './predict';
import { createRandom, type Random } from './random';
import type { Recipe } from './recipe';
import type { TensorFlow } from './tensorflow';
import { NO_WEIGHTS, averageWeights, readWeights, writeWeights } from './weights';

export interface FitOptions extends Recipe {
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  readonly random: Random;
  /** Early stopping: number of consecutive epochs without improvement; 0 disables it. */
  readonly patience: number;
  /** The file to resume from and to update after each epoch. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Trains until the last epoch, early stopping, or the current batch after `signal` aborts. Leaves the model
 * with the best weights on the validation images. Returns a report for every epoch, including an interrupted
 * one.
 */
export async function fit(
  tf: TensorFlow,
  model: Sequential,
  options: FitOptions,
  hooks: FitHooks,
  signal: AbortSignal,
): Promise<EpochReport[]> {
  const { epochs, patience, averaging, checkpoint } = options;
  const before = await checkpoint?.read();
  const optimizer = tf.train.adam(options.learningRate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  if (before) {
    writeWeights(tf, model, before.weights);
    await writeOptimizer(tf, optimizer, before.optimizer);
  }
  const average = averaging > 0 ? averageWeights(tf, model, averaging, before?.average) : undefined;
  const random = before ? createRandom(before.random) : options.random;
  const trainee: Trainee = { tf, model, optimizer, average, random };
  const reports = [...(before?.reports ?? [])];
  let best = before?.best ?? NO_WEIGHTS;
  for (let epoch = reports.length + 1; epoch <= epochs && !signal.aborted; epoch++) {
    if (isOutOfPatience(reports, patience)) break;
    const started = performance.now();
    const trained = await runEpoch(trainee, { ...options, epoch }, hooks, signal);
    // A resumed training repeats the whole epoch, so a partial epoch is dropped.
    if (checkpoint && signal.aborted) break;
    const { values, ...validated } = await validate(trainee, options.validation);
    const score = validated.validationAccuracy;
    const isBest = score > best.score;
    if (isBest) best = { score, values };
    const seconds = (performance.now() - started) / 1000;
    const report = { epoch, epochs, ...trained, ...validated, best: isBest, seconds };
    reports.push(report);
    hooks.onEpoch?.(report);
    if (checkpoint && !signal.aborted) {
      await checkpoint.write({
        reports,
        random: random.state(),
        weights: readWeights(model),
        best,
        average: average?.state(),
        optimizer: await readOptimizer(optimizer),
      });
    }
  }
  writeWeights(tf, model, best.values);
  average?.dispose();
  optimizer.dispose();
  return reports;
}

/** Early stopping: the last `patience` epochs did not improve on the validation images; never if it is 0. */
function isOutOfPatience(reports: readonly Pick<EpochReport, 'best'>[], patience: number): boolean {
  return patience > 0 && reports.length - 1 - reports.findLastIndex(({ best }) => best) >= patience;
}

/** Uses the averaged weights, if any. */
async function validate({ tf, model, average }: Trainee, { pixels, labels }: LabelledImages) {
  const measure = async () => {
    const { accuracy, logLoss } = computeMetrics(await predictAll(tf, model, pixels), labels);
    return { validationLoss: logLoss, validationAccuracy: accuracy, values: readWeights(model) };
  };
  return average ? average.during(measure) : measure();
}
