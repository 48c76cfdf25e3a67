import { access, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import type { Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import { loadFirstRuntime } from '../../inference/first-runtime';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../models/files';
import { requireFashionMnist, requireInt8 } from '../../inference/requirements';
import type { LabelledImages } from '../../training/batches';
import { compareVersions } from '../../training/compare';
import { classifyImages } from '../../training/evaluate';
import { computeMetrics } from '../../training/metrics';
import { renderMistakes, worstMistakes } from '../../training/mistakes';
import { evaluationToJson, renderEvaluation, type Comparison, type Evaluation } from '../evaluation-report';
import { EXIT } from '../exit';
import { loadSplit } from '../load-split';

interface EvaluateFlags {
  readonly model: string;
  readonly runtime: RuntimeName | 'auto';
  readonly precision: Precision | 'auto';
  readonly against?: string;
  readonly againstPrecision?: Precision | 'auto';
  readonly mistakes?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Tolerated difference from the accuracy in the card: 0.05 points, five images of the test set. */
const TOLERANCE = 0.0005;
const MOST_MISTAKES = 64;

export async function evaluate(flags: EvaluateFlags): Promise<void> {
  if (flags.againstPrecision && flags.against === undefined)
    throw new StreamInferError('USAGE', '--against-precision needs --against');
  if (flags.mistakes !== undefined) await assertSheet(flags.mistakes);
  // Hides TensorFlow's report on its build; read once, while TensorFlow loads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const files = await readModelFiles(await resolveModelDir(flags.model));
  requireFashionMnist(files);
  const other = await readOther(flags);
  const images = await loadSplit('test', { dataDir: flags.dataDir, stream: process.stderr });
  const first = await measure(files, flags.runtime, flags.precision, images);
  const compared = other && (await compareWith(other, flags, images, first));
  process.stdout.write((flags.json ? evaluationToJson : renderEvaluation)(first.evaluation, compared));
  if (flags.mistakes !== undefined) await writeMistakes(flags.mistakes, first, images);
  if (!first.evaluation.agrees) process.exitCode = EXIT.failure;
}

/** Fails before the measurement instead of after it. */
async function assertSheet(file: string): Promise<void> {
  if (path.extname(file).toLowerCase() !== '.svg')
    throw new StreamInferError(
      'USAGE',
      `--mistakes writes an SVG file; the name must end in .svg (got "${file}")`,
    );
  try {
    await access(path.dirname(path.resolve(file)), constants.W_OK);
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `--mistakes ${file}: `);
  }
}

async function readOther({ against }: EvaluateFlags): Promise<ModelFiles | undefined> {
  if (against === undefined) return undefined;
  const files = await readModelFiles(await resolveModelDir(against));
  requireFashionMnist(files);
  return files;
}

interface Measured {
  readonly evaluation: Evaluation;
  readonly probabilities: Float32Array;
}

async function measure(
  files: ModelFiles,
  wanted: RuntimeName | 'auto',
  wantedPrecision: Precision | 'auto',
  images: LabelledImages,
): Promise<Measured> {
  const runtime = await loadFirstRuntime(files, wanted, wantedPrecision);
  const { precision } = runtime;
  try {
    const probabilities = await classifyImages(images, (pixels, n) => runtime.predict(pixels, n));
    const metrics = computeMetrics(probabilities, images.labels);
    const cardAccuracy =
      precision === 'int8' ? requireInt8(files).accuracy : (files.manifest.accuracy ?? null);
    const agrees = cardAccuracy === null || Math.abs(metrics.accuracy - cardAccuracy) <= TOLERANCE;
    return {
      evaluation: { files, runtime: runtime.name, precision, cardAccuracy, metrics, agrees },
      probabilities,
    };
  } finally {
    await runtime.dispose();
  }
}

async function compareWith(
  files: ModelFiles,
  { runtime, precision, againstPrecision = precision }: EvaluateFlags,
  images: LabelledImages,
  first: Measured,
): Promise<Comparison> {
  const second = await measure(files, runtime, againstPrecision, images);
  const comparison = compareVersions(first.probabilities, second.probabilities, images.labels);
  return { against: second.evaluation, comparison };
}

async function writeMistakes(
  file: string,
  { evaluation, probabilities }: Measured,
  images: LabelledImages,
): Promise<void> {
  const mistakes = worstMistakes(images.labels, probabilities, MOST_MISTAKES);
  const { name, version } = evaluation.files;
  const title = `${name} ${version}: the ${mistakes.length} most confident mistakes`;
  try {
    await writeFile(file, renderMistakes(mistakes, images, title));
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `--mistakes ${file}: `);
  }
  process.stderr.write(`Written to ${file}\n`);
}
