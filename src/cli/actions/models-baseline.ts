import type { ModelBaseline } from '../../core/baseline';
import { StreamInferError } from '../../core/errors';
import { loadFirstRuntime } from '../../inference/first-runtime';
import {
  readModelFiles,
  resolveModelDir,
  writeBaseline,
  type ModelFiles,
  type StoredBaseline,
} from '../../models/files';
import { requireFashionMnist } from '../../inference/requirements';
import { measureBaseline } from '../../training/baseline';
import { withBaselineSection } from '../../training/card-sections';
import { classifyImages } from '../../training/evaluate';
import { createRandom } from '../../training/random';
import { splitValidation } from '../../training/split';
import { loadSplit } from '../load-split';
import { percent } from '../metrics-table';

interface BaselineFlags {
  readonly dataDir?: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function computeBaseline(
  model: string,
  { dataDir, seed, force, json }: BaselineFlags,
): Promise<void> {
  const files = await readModelFiles(await resolveModelDir(model));
  assertWritable(files, force ?? false);
  const training = await loadSplit('train', { dataDir, stream: process.stderr });
  const { validation } = splitValidation(training, createRandom(seed));
  const runtime = await loadFirstRuntime(files, 'auto', 'fp32');
  try {
    const probabilities = await classifyImages(validation, (pixels, n) => runtime.predict(pixels, n));
    const baseline: StoredBaseline = {
      created: new Date().toISOString(),
      source: `the training images held out with seed ${seed}, on ${runtime.name}`,
      ...measureBaseline(validation, probabilities),
    };
    await writeBaseline(files, baseline, (card) => withBaselineSection(card, baseline));
    process.stdout.write(
      json
        ? `${JSON.stringify({ dir: files.dir, baseline }, null, 2)}\n`
        : `${files.name}@${files.version}: ${describeBaseline(baseline)}\nWritten to ${files.dir}\n`,
    );
  } finally {
    await runtime.dispose();
  }
}

function assertWritable(files: ModelFiles, force: boolean): void {
  requireFashionMnist(files);
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
