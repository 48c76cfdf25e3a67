import { access, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { IMAGE_PIXELS } from '../../core/image';
import { isFashionMnist } from '../../core/model-shape';
import type { Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import { loadRuntime } from '../../inference/load-runtime';
import { readModelFiles, resolveModelDir, writeCard, type ModelFiles } from '../../models/files';
import { requireInt8 } from '../../inference/requirements';
import type { LabelledImages } from '../../training/batches';
import { compareVersions } from '../../training/compare';
import { withRobustnessSection } from '../../training/card-sections';
import { classifyImages, type Classify } from '../../training/evaluate';
import { computeMetrics } from '../../training/metrics';
import { renderMistakes, worstMistakes, type Mistake, type Pictures } from '../../training/mistakes';
import { measureRobustness } from '../../training/robustness';
import { assertClassifies } from '../assert-classifies';
import { measureImages, type Measured } from '../evaluate-images';
import { evaluationToJson, renderEvaluation, type Evaluation } from '../evaluation-report';
import { EXIT } from '../exit';
import { loadSplit } from '../load-split';
import { decodeFile } from '../own-images';

interface EvaluateFlags {
  readonly model: string;
  readonly runtime: RuntimeName | 'auto';
  readonly precision: Precision | 'auto';
  readonly against?: string;
  readonly againstPrecision?: Precision | 'auto';
  readonly images?: readonly string[];
  readonly mistakes?: string;
  readonly robustness?: boolean;
  readonly card?: boolean;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Tolerated difference from the accuracy in the card: 0.05 points, five images of the test set. */
const TOLERANCE = 0.0005;
const MOST_MISTAKES = 64;

export async function evaluate(flags: EvaluateFlags): Promise<void> {
  if (flags.againstPrecision && flags.against === undefined)
    throw new StreamInferError('USAGE', '--against-precision needs --against');
  if (flags.robustness && flags.images !== undefined)
    throw new StreamInferError(
      'USAGE',
      '--robustness changes the test images; it cannot be used with --images',
    );
  if (flags.card && (!flags.robustness || flags.precision !== 'fp32'))
    throw new StreamInferError('USAGE', '--card needs --robustness, in fp32');
  if (flags.mistakes !== undefined) await assertSheet(flags.mistakes);
  // Hides TensorFlow's report on its build; read once, while TensorFlow loads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const files = await readModelFiles(await resolveModelDir(flags.model));
  const other =
    flags.against === undefined ? undefined : await readModelFiles(await resolveModelDir(flags.against));
  for (const one of [files, ...(other ? [other] : [])]) assertClassifies(one);
  if (flags.images !== undefined)
    return await evaluateImages(files, other, { ...flags, images: flags.images });
  await evaluateTestSet(files, other, flags);
}

async function evaluateTestSet(
  files: ModelFiles,
  other: ModelFiles | undefined,
  flags: EvaluateFlags,
): Promise<void> {
  for (const one of [files, ...(other ? [other] : [])]) requireTestSet(one);
  const images = await loadSplit('test', { dataDir: flags.dataDir, stream: process.stderr });
  const measureOn = (one: ModelFiles, precision: Precision | 'auto') =>
    measure(one, precision, images, flags);
  const first = await measureOn(files, flags.precision);
  const second = other && (await measureOn(other, flags.againstPrecision ?? flags.precision));
  print(first, second, flags);
  await writeMistakes(first, flags, {
    pixels: (index) => images.pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS),
    name: (index) => `image ${index}`,
  });
  if (flags.card) await writeTable(files, first.evaluation);
  if (!first.evaluation.agrees) process.exitCode = EXIT.failure;
}

async function writeTable(files: ModelFiles, { robustness = [], runtime }: Evaluation): Promise<void> {
  await writeCard(files, (card) => withRobustnessSection(card, robustness, runtime));
  process.stderr.write(`Written to the model card in ${files.dir}\n`);
}

async function evaluateImages(
  files: ModelFiles,
  other: ModelFiles | undefined,
  flags: EvaluateFlags & { readonly images: readonly string[] },
): Promise<void> {
  if (other && other.shape.labels.join('\n') !== files.shape.labels.join('\n'))
    throw new StreamInferError('USAGE', `--against ${flags.against} has other classes than ${flags.model}`);
  const first = await measureImages(files, flags.images, flags.runtime, flags.precision);
  const second =
    other &&
    (await measureImages(other, flags.images, flags.runtime, flags.againstPrecision ?? flags.precision));
  print(first, second, flags);
  const decoded = new Map<number, Uint8Array>();
  for (const { index } of mistakesOf(first, flags))
    decoded.set(index, await decodeFile(first.files[index]?.path ?? '', files.shape));
  await writeMistakes(first, flags, {
    pixels: (index) => decoded.get(index) as Uint8Array,
    name: (index) => first.files[index]?.name ?? '',
  });
}

/** Throws USAGE with the flag for other images. */
function requireTestSet(files: ModelFiles): void {
  if (isFashionMnist(files.shape)) return;
  throw new StreamInferError(
    'USAGE',
    `${files.dir} is not a model of Fashion-MNIST's images and classes; ` +
      'name images with their classes: --images <folder with a subfolder for each class, or a CSV file>',
  );
}

function print(first: Measured, second: Measured | undefined, { json }: EvaluateFlags): void {
  const compared = second && {
    against: second.evaluation,
    comparison: compareVersions(first.probabilities, second.probabilities, first.labels),
  };
  process.stdout.write((json ? evaluationToJson : renderEvaluation)(first.evaluation, compared));
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

async function measure(
  files: ModelFiles,
  wantedPrecision: Precision | 'auto',
  images: LabelledImages,
  flags: Pick<EvaluateFlags, 'runtime' | 'robustness'>,
): Promise<Measured> {
  const runtime = await loadRuntime(files, flags.runtime, wantedPrecision);
  const { precision } = runtime;
  const classify: Classify = (pixels, n) => runtime.predict(pixels, n);
  try {
    const probabilities = await classifyImages(images, classify);
    const robustness = flags.robustness && { robustness: await measureRobustness(images, classify) };
    const metrics = computeMetrics(probabilities, images.labels);
    const cardAccuracy =
      precision === 'int8' ? (requireInt8(files).accuracy ?? null) : (files.manifest.accuracy ?? null);
    const agrees = cardAccuracy === null || Math.abs(metrics.accuracy - cardAccuracy) <= TOLERANCE;
    return {
      evaluation: { files, runtime: runtime.name, precision, cardAccuracy, metrics, agrees, ...robustness },
      probabilities,
      labels: images.labels,
    };
  } finally {
    await runtime.dispose();
  }
}

/** Empty without the flag. */
function mistakesOf({ labels, probabilities }: Measured, { mistakes }: EvaluateFlags): Mistake[] {
  return mistakes === undefined ? [] : worstMistakes(labels, probabilities, MOST_MISTAKES);
}

async function writeMistakes(
  measured: Measured,
  flags: EvaluateFlags,
  pictures: Omit<Pictures, 'shape'>,
): Promise<void> {
  const file = flags.mistakes;
  if (file === undefined) return;
  const mistakes = mistakesOf(measured, flags);
  const { name, version, shape } = measured.evaluation.files;
  const title = `${name} ${version}: the ${mistakes.length} most confident mistakes`;
  try {
    await writeFile(file, renderMistakes(mistakes, { ...pictures, shape }, title));
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `--mistakes ${file}: `);
  }
  process.stderr.write(`Written to ${file}\n`);
}
