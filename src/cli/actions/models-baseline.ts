import type { ModelBaseline } from '../../core/baseline';
import { StreamInferError } from '../../core/errors';
import { isFashionMnist } from '../../core/model-shape';
import { loadRuntime } from '../../inference/load-runtime';
import { predictAll } from '../../inference/predict-all';
import {
  readModelFiles,
  resolveModelDir,
  writeBaseline,
  type ModelFiles,
  type StoredBaseline,
} from '../../models/files';
import { measureBaseline } from '../../training/baseline';
import { withBaselineSection } from '../../training/card-sections';
import type { ClassNumbers } from '../../training/metrics';
import { createRandom } from '../../training/random';
import { splitValidation } from '../../training/split';
import { assertClassifies } from '../assert-classifies';
import { readOwnImages } from '../images-in-memory';
import { loadSplit } from '../load-split';
import { percent } from '../../core/percent';

interface BaselineFlags {
  readonly images?: readonly string[];
  readonly dataDir?: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function computeBaseline(model: string, flags: BaselineFlags): Promise<void> {
  const files = await readModelFiles(await resolveModelDir(model));
  assertClassifies(files);
  assertWritable(files, flags);
  const { labels, pixels, source } = flags.images
    ? await ownImages(files, flags.images)
    : await heldOutImages(flags);
  const runtime = await loadRuntime(files, 'auto', 'fp32');
  try {
    const probabilities = await predictAll(runtime, files.shape, pixels);
    const baseline: StoredBaseline = {
      created: new Date().toISOString(),
      source: `${source}, on ${runtime.name}`,
      ...measureBaseline({ labels, pixels }, probabilities),
    };
    await writeBaseline(files, baseline, (card) => withBaselineSection(card, baseline));
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ dir: files.dir, baseline }, null, 2)}\n`
        : `${files.name}@${files.version}: ${describeBaseline(baseline)}\nWritten to ${files.dir}\n`,
    );
  } finally {
    await runtime.dispose();
  }
}

interface BaselineImages {
  readonly labels: ClassNumbers;
  readonly pixels: Uint8Array;
  /** Where they come from, for the card. */
  readonly source: string;
}

async function heldOutImages({ dataDir, seed }: BaselineFlags): Promise<BaselineImages> {
  const training = await loadSplit('train', { dataDir, stream: process.stderr });
  const { validation } = splitValidation(training, createRandom(seed));
  return { ...validation, source: `the training images held out with seed ${seed}` };
}

async function ownImages(files: ModelFiles, places: readonly string[]): Promise<BaselineImages> {
  const { labels, pixels, source } = await readOwnImages(files, places);
  return { labels, pixels, source: `${labels.length} images of ${source}` };
}

function assertWritable(files: ModelFiles, { images, force }: BaselineFlags): void {
  if (images === undefined && !isFashionMnist(files.shape))
    throw new StreamInferError(
      'USAGE',
      `${files.dir} is not a model of Fashion-MNIST's images and classes; name images with their classes: --images <folder>`,
    );
  if (files.manifest.files.length === 0)
    throw new StreamInferError('USAGE', `${files.dir} has no manifest, which would hold the baseline`);
  if (files.manifest.baseline === undefined || force) return;
  throw new StreamInferError(
    'USAGE',
    `${files.name}@${files.version} in ${files.dir} has a baseline already; use --force to replace it`,
  );
}

function describeBaseline({ images, accuracy, brightness, contrast, calibration }: ModelBaseline): string {
  const { temperature, error, calibratedError } = calibration;
  return (
    `${percent(accuracy)} of ${images} held-out images are right; brightness ${brightness.mean.toFixed(1)}, ` +
    `contrast ${contrast.mean.toFixed(1)}; calibration error ${percent(error)}, ` +
    `${percent(calibratedError)} with the temperature ${temperature.toFixed(3)}`
  );
}
