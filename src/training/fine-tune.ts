import type { Sequential } from '@tensorflow/tfjs';
import { StreamInferError } from '../core/errors';
import { percent } from '../core/percent';
import { LEAST_LABELS, type LabelComparison, type LabelScore } from '../core/retraining';
import { requireFashionMnist } from '../inference/requirements';
import { adaptForTfjs } from '../inference/runtimes/adapt-topology';
import { assertAbsent, writeModelFiles, type ModelFiles, type ModelManifest } from '../models/files';
import { ARCHITECTURES, type Architecture } from './architectures';
import type { LabelledImages } from './batches';
import { renderCard } from './card';
import { withLabelsSection } from './card-sections';
import type { EpochReport, FitHooks, TrainingEnd } from './epoch';
import { evaluate } from './evaluate';
import { trainFast } from './fast-layers';
import { fit } from './fit';
import { joined, mixWithOriginals, repeated, splitLabels, without } from './label-mix';
import { computeMetrics, type Metrics } from './metrics';
import { toBaseline, toHistory, toNewModel } from './new-model';
import { predictAll } from './predict';
import { createRandom } from './random';
import type { Recipe } from './recipe';
import { pickImages, splitValidation } from './split';
import { loadTensorFlow, type TensorFlow } from './tensorflow';
import { blendWeights, readWeights, writeWeights, type WeightValues } from './weights';

/** Largest loss of accuracy on the test images: 0.3 points. */
export const MAX_LOSS = 0.003;

/** Largest loss of the blend on the test images that choose it, below the limit for all of them. */
const MAX_BLEND_LOSS = 0.002;
/** Shares of the new weights that are tried, in tenths. */
const SHARES = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
/** Original validation images in the choice of the epoch. */
const VALIDATED = 2_000;

/** A short training at a low rate, from the weights of a trained model. */
export const FINE_TUNING = {
  epochs: 3,
  batchSize: 128,
  learningRate: 0.0003,
  warmUpEpochs: 0.5,
} as const satisfies Partial<Recipe>;

export interface FineTuneOptions {
  /** Start of the training; one of the shipped architectures. */
  readonly base: ModelFiles;
  readonly version: number;
  /** Folder of the new model, which must not exist. */
  readonly out: string;
  /** Images with the classes that people gave them. */
  readonly labels: LabelledImages;
  readonly training: LabelledImages;
  readonly test: LabelledImages;
  readonly epochs: number;
  /** Also decides which images are held out: that of the base, so that it has not seen them either. */
  readonly seed: number;
  /** The command line, printed in the card. */
  readonly command: string;
}

export interface FineTuneResult {
  readonly manifest: ModelManifest;
  /** On the test images without a label. */
  readonly metrics: Metrics;
  readonly comparison: LabelComparison;
  readonly epochs: readonly EpochReport[];
}

/**
 * Trains a copy of a model on labelled images among original ones. Writes it as a new version if it is better on held-out
 * labelled images, and about as good on the test images.
 *
 * Rejects with MODEL_REFUSED if it is not, with USAGE for too few labels or another model, and with ABORTED. Then nothing
 * is written. Rejects with DEPENDENCY_MISSING (no tfjs-node) or FILE_UNREADABLE.
 */
export async function fineTune(
  options: FineTuneOptions,
  hooks: FitHooks,
  signal: AbortSignal,
): Promise<FineTuneResult> {
  const { base, seed, labels } = options;
  await assertAbsent(options.out);
  assertEnough(labels);
  requireFashionMnist(base);
  const tf = loadTensorFlow();
  const { model, network } = await loadTrainable(tf, base);
  const original = readWeights(model);
  const random = createRandom(seed);
  const { training, validation } = splitValidation(options.training, random);
  const { heldOut, learned } = splitLabels(labels, random);
  const mix = mixWithOriginals(learned, training, random);
  const test = without(options.test, labels);
  const before = await measure(tf, model, test, heldOut);
  const recipe: Recipe = { ...network.recipe, ...FINE_TUNING, epochs: options.epochs };
  // Both kinds of images count as much in the choice of the best epoch; fewer than all, for its speed.
  const some = pickImages(
    validation,
    Array.from({ length: Math.min(VALIDATED, validation.labels.length) }, (_, i) => i),
  );
  const chosenOn = joined(some, repeated(heldOut, some.labels.length));
  const fitted = { ...recipe, training: mix, validation: chosenOn, random, patience: 0 };
  const epochs = await fit(tf, model, fitted, hooks, signal);
  const best = epochs.findLast((report) => report.best);
  if (signal.aborted || best === undefined)
    throw new StreamInferError('ABORTED', 'the training was stopped; nothing was written');
  const share = await blend(tf, model, original, everySecond(test));
  const after = await measure(tf, model, test, heldOut);
  const comparison = {
    testImages: test.labels.length,
    heldOutImages: heldOut.labels.length,
    base: before.score,
    candidate: after.score,
  };
  assertBetter(comparison);
  const ended: TrainingEnd = 'complete';
  const facts = {
    ...recipe,
    ...{ name: base.name, version: options.version, seed, command: options.command, network },
    ...{ epochs, best, ended, history: toHistory(epochs), metrics: after.metrics, test },
    trainingImages: mix.labels.length,
    validationImages: chosenOn.labels.length,
    testImages: test.labels.length,
  };
  const baseline = await toBaseline(tf, model, validation, seed);
  const card = withLabelsSection(renderCard(facts), {
    base: base.version,
    labels: learned.labels.length,
    share,
    comparison,
  });
  const manifest = await writeModelFiles(
    options.out,
    await toNewModel(tf, model, { ...facts, card, baseline }),
  );
  model.dispose();
  return { manifest, metrics: after.metrics, comparison, epochs };
}

function assertEnough({ labels }: LabelledImages): void {
  if (labels.length >= LEAST_LABELS) return;
  throw new StreamInferError(
    'USAGE',
    `${labels.length} labels are too few to train and measure with; give at least ${LEAST_LABELS}, better 200`,
  );
}

async function loadTrainable(
  tf: TensorFlow,
  base: ModelFiles,
): Promise<{ model: Sequential; network: Architecture }> {
  const { network } = base;
  const known = Object.values(ARCHITECTURES);
  if (network.kind === 'layers') {
    const model = await tf.loadLayersModel(tf.io.fromMemory(adaptForTfjs(base)));
    const found = known.find(({ parameters }) => parameters === model.countParams());
    if (found !== undefined && model.getClassName() === 'Sequential') {
      trainFast(tf, model);
      return { model: model as Sequential, network: found };
    }
    model.dispose();
  }
  throw new StreamInferError(
    'USAGE',
    `${base.name}@${base.version} is not a network of stream-infer train, the only ones that can be trained further`,
  );
}

/**
 * The validation images cannot choose the blend: the epoch of the base was chosen on them, so it is better on them than on
 * others.
 */
function everySecond(images: LabelledImages): LabelledImages {
  const count = Math.ceil(images.labels.length / 2);
  return pickImages(
    images,
    Array.from({ length: count }, (_, i) => 2 * i),
  );
}

/**
 * Leaves the model with a blend of its new and its original weights (WiSE-FT, arXiv:2109.01903). The share of new ones is
 * the largest that keeps the accuracy on original images; returns it.
 */
async function blend(
  tf: TensorFlow,
  model: Sequential,
  original: WeightValues,
  { pixels, labels }: LabelledImages,
): Promise<number> {
  const accuracyWith = async (weights: WeightValues): Promise<number> => {
    writeWeights(tf, model, weights);
    return computeMetrics(await predictAll(tf, model, pixels), labels).accuracy;
  };
  const tuned = readWeights(model);
  const least = (await accuracyWith(original)) - MAX_BLEND_LOSS;
  for (const tenths of SHARES) {
    if ((await accuracyWith(blendWeights(original, tuned, tenths / 10))) >= least) return tenths / 10;
  }
  return Math.min(...SHARES) / 10;
}

async function measure(
  tf: TensorFlow,
  model: Sequential,
  test: LabelledImages,
  heldOut: LabelledImages,
): Promise<{ metrics: Metrics; score: LabelScore }> {
  const classify = (pixels: Uint8Array) => predictAll(tf, model, pixels);
  const metrics = await evaluate(test, classify, { batchSize: 1000 });
  const { accuracy } = await evaluate(heldOut, classify, { batchSize: 1000 });
  return { metrics, score: { test: metrics.accuracy, heldOut: accuracy } };
}

/** Throws MODEL_REFUSED. */
export function assertBetter({ base, candidate, heldOutImages }: LabelComparison): void {
  // The tolerance of 1e-9 covers the rounding of the shares.
  if (base.test - candidate.test > MAX_LOSS + 1e-9)
    throw refused(
      `its accuracy on the test images is ${percent(candidate.test)}, that of the active model ${percent(base.test)}: ` +
        `it loses more than ${(100 * MAX_LOSS).toFixed(1)} points`,
    );
  if (candidate.heldOut > base.heldOut) return;
  throw refused(
    `it is right on ${percent(candidate.heldOut)} of the ${heldOutImages} labelled images that were held out, the active ` +
      `model on ${percent(base.heldOut)}: it is not better`,
  );
}

function refused(reason: string): StreamInferError {
  return new StreamInferError('MODEL_REFUSED', `the candidate was not written: ${reason}`);
}
