import type { LayersModel } from '@tensorflow/tfjs';
import { StreamInferError } from '../core/errors';
import { assertAbsent, writeModelFiles, type ModelManifest } from '../models/files';
import { ARCHITECTURES, type Architecture, type ArchitectureName } from './architectures';
import type { LabelledImages } from './batches';
import { renderCard } from './card';
import { withRobustnessSection } from './card-sections';
import { Checkpoint } from './checkpoint';
import type { EpochReport, FitHooks, TrainingEnd } from './epoch';
import { evaluate, type Classify } from './evaluate';
import { trainFast } from './fast-layers';
import { fit } from './fit';

import type { Metrics } from './metrics';
import { toBaseline, toHistory, toNewModel } from './new-model';
import { predictAll } from './predict';
import { createRandom } from './random';
import { measureRobustness } from './robustness';
import { RECIPE_PARTS, type Recipe } from './recipe';
import { splitValidation } from './split';
import { loadTensorFlow } from './tensorflow';

export interface TrainOptions extends Recipe {
  readonly architecture: ArchitectureName;
  readonly name: string;
  readonly version: number;
  /** Folder of the new model, which must not exist. */
  readonly out: string;
  /**
   * Seed of the initial weights, the order, augmentation and dropout. The weights are reproducible to the
   * last bit only with one TensorFlow thread (TF_NUM_INTRAOP_THREADS=1). Several threads sum in varying
   * order, and after some epochs the loss differs in the third digit.
   */
  readonly seed: number;
  readonly training: LabelledImages;
  /** Used once, at the end. */
  readonly test: LabelledImages;
  /** The command line, printed in the card. */
  readonly command: string;
  /**
   * A file written after each epoch. The same call resumes from it and reaches the same weights as an
   * uninterrupted training. It is deleted when the model is written.
   */
  readonly checkpoint?: string | undefined;
  /** See `FitOptions` (default: off). A checkpoint stays valid if the patience changes. */
  readonly patience?: number | undefined;
}

export interface TrainResult {
  readonly manifest: ModelManifest;
  /** Metrics on the test set. */
  readonly metrics: Metrics;
  readonly epochs: readonly EpochReport[];
  /** An incomplete training also writes its best weights. */
  readonly ended: TrainingEnd;
}

/**
 * Trains a new model and writes its folder. After `signal` aborts, it stops after the current batch and
 * writes the best weights so far; with a checkpoint it writes no model. Rejects with DEPENDENCY_MISSING (no
 * tfjs-node), USAGE (`out` exists, or the checkpoint belongs to another training), ABORTED (before the first
 * batch, or with a checkpoint) or FILE_UNREADABLE.
 */
export async function trainModel(
  options: TrainOptions,
  hooks: FitHooks = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<TrainResult> {
  await assertAbsent(options.out);
  const tf = loadTensorFlow();
  const random = createRandom(options.seed);
  const { training, validation } = splitValidation(options.training, random);
  const network = ARCHITECTURES[options.architecture];
  const model = network.create(tf, options.seed);
  trainFast(tf, model);
  assertParameters(model, network);
  const checkpoint = options.checkpoint ? new Checkpoint(options.checkpoint, identify(options)) : undefined;
  const epochs = await fit(
    tf,
    model,
    { ...options, patience: options.patience ?? 0, training, validation, random, checkpoint },
    hooks,
    signal,
  );
  if (checkpoint && signal.aborted)
    throw new StreamInferError(
      'ABORTED',
      'training was stopped; run the same command again to resume after the last complete epoch',
    );
  const best = epochs.findLast((report) => report.best);
  if (!best)
    throw new StreamInferError('ABORTED', 'training was stopped before the first batch; nothing was written');
  const ended = endOf(options, epochs, signal);
  const classify: Classify = (pixels) => predictAll(tf, model, pixels);
  const metrics = await evaluate(options.test, classify, { batchSize: 1000 });
  const facts = {
    ...options,
    network,
    ...toSizes(training, validation, options.test),
    metrics,
    epochs,
    best,
    ended,
    history: toHistory(epochs),
  };
  const baseline = await toBaseline(tf, model, validation, options.seed);
  const robustness = await measureRobustness(options.test, classify, { batchSize: 1000 });
  const card = withRobustnessSection(renderCard(facts), robustness, 'tfjs-node');
  const manifest = await writeModelFiles(
    options.out,
    await toNewModel(tf, model, { ...facts, card, baseline }),
  );
  await checkpoint?.remove();
  model.dispose();
  return { manifest, metrics, epochs, ended };
}

function endOf({ epochs }: TrainOptions, reports: readonly EpochReport[], signal: AbortSignal): TrainingEnd {
  if (signal.aborted) return 'signal';
  return reports.length < epochs ? 'patience' : 'complete';
}

/** Every option that affects the weights, in one line. */
function identify(options: TrainOptions): string {
  const { architecture, seed, training } = options;
  const recipe = RECIPE_PARTS.map((part) => [part, options[part]] as const);
  return JSON.stringify({
    architecture,
    seed,
    images: training.labels.length,
    ...Object.fromEntries(recipe),
  });
}

/** Detects accidental changes of a network; the figures in the docs apply to this one. */
function assertParameters(model: LayersModel, { parameters }: Architecture): void {
  const count = model.countParams();
  if (count !== parameters)
    throw new StreamInferError('INTERNAL', `the network has ${count} parameters; expected ${parameters}`);
}

function toSizes(training: LabelledImages, validation: LabelledImages, test: LabelledImages) {
  return {
    trainingImages: training.labels.length,
    validationImages: validation.labels.length,
    testImages: test.labels.length,
  };
}
