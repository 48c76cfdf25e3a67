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
  /** Ends the training after so many epochs in a row that were not the best so far: 0 for never. */
  readonly patience: number;
  /** Where to go on, and where to leave what the next one needs to go on. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Trains until all epochs are done, patience has run out, or `signal` aborts (after the batch it is at), and leaves the
 * model with the weights that did best on the validation images. Returns a report for every epoch, the cut one included.
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
    // A part of an epoch is not kept then, and what goes on tells the whole one.
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

/** Early stopping: as many epochs as `patience` in a row did not get better on the validation images; never if it is 0. */
function isOutOfPatience(reports: readonly Pick<EpochReport, 'best'>[], patience: number): boolean {
  return patience > 0 && reports.length - 1 - reports.findLastIndex(({ best }) => best) >= patience;
}

/** With the averaged weights, if there are any. */
async function validate({ tf, model, average }: Trainee, { pixels, labels }: LabelledImages) {
  const measure = async () => {
    const { accuracy, logLoss } = computeMetrics(await predictAll(tf, model, pixels), labels);
    return { validationLoss: logLoss, validationAccuracy: accuracy, values: readWeights(model) };
  };
  return average ? average.during(measure) : measure();
}
