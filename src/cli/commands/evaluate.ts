import { access, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'commander';
import { DEFAULT_MODEL } from '../../core/default-model';
import { StreamInferError } from '../../core/errors';
import { PRECISIONS, type Precision } from '../../core/precision';
import { RUNTIME_NAMES, type RuntimeName } from '../../core/runtime-name';
import { loadFirstRuntime } from '../../inference/first-runtime';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../models/files';
import { requireFashionMnist } from '../../inference/require-fashion-mnist';
import { requireInt8 } from '../../inference/require-int8';
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

/** How far the accuracy may be from the card's: 0.05 points, five images of the test set. */
const TOLERANCE = 0.0005;
const MOST_MISTAKES = 64;

const EXAMPLES = `
Classifies the 10,000 test images and compares the accuracy with the figure in
the model card. The exit code is 1 if it differs by more than 0.05 points.
The precision is fp32, so that the figure does not depend on this machine;
--precision auto measures what run takes here.
With --against, both versions side by side, and whether the difference is more
than noise: McNemar's test on the images that only one of them gets right.

Examples:
  $ stream-infer evaluate
  $ stream-infer evaluate --model fashion-mnist@1 --runtime tfjs-wasm
  $ stream-infer evaluate --precision int8
  $ stream-infer evaluate --model fashion-mnist@2 --against fashion-mnist@1
  $ stream-infer evaluate --against fashion-mnist --against-precision int8
  $ stream-infer evaluate --mistakes mistakes.svg
  $ stream-infer evaluate --model ./models/fashion-mnist/2 --data-dir ~/fashion-mnist
  $ stream-infer evaluate --json | jq .accuracy
`;

/** `stream-infer evaluate`, to be attached to the program. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Measure a model on the Fashion-MNIST test set.')
    .option('--model <model>', 'name, name@version, or folder', DEFAULT_MODEL)
    .addOption(
      new Option('--runtime <name>', 'what executes the model')
        .choices(['auto', ...RUNTIME_NAMES])
        .default('auto'),
    )
    .addOption(
      new Option('--precision <name>', 'auto: the one that run takes here')
        .choices(['auto', ...PRECISIONS])
        .default('fp32'),
    )
    .option('--against <model>', 'compare with this model on the same images')
    .addOption(
      new Option('--against-precision <name>', 'of that model (default: that of the first one)').choices([
        'auto',
        ...PRECISIONS,
      ]),
    )
    .option('--mistakes <file.svg>', 'write the images of the wrong answers that it is surest of')
    .option(
      '--data-dir <dir>',
      'folder of the Fashion-MNIST files (default: the usual places, else download)',
    )
    .option('--json', 'print one JSON report')
    .addHelpText('after', EXAMPLES)
    .action(runEvaluate);
}

async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  if (flags.againstPrecision && flags.against === undefined)
    throw new StreamInferError('USAGE', '--against-precision is of the model of --against; give that too');
  if (flags.mistakes !== undefined) await assertSheet(flags.mistakes);
  // Warnings and errors only, and nothing of which instructions it was built with. Read once, while it is loaded.
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

/** Better known now than after the measurement. */
async function assertSheet(file: string): Promise<void> {
  if (path.extname(file).toLowerCase() !== '.svg')
    throw new StreamInferError(
      'USAGE',
      `--mistakes writes a picture as SVG; its name ends in .svg (got "${file}")`,
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
    const cardAccuracy = precision === 'int8' ? requireInt8(files).accuracy : files.manifest.accuracy;
    const agrees = Math.abs(metrics.accuracy - cardAccuracy) <= TOLERANCE;
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
  const title = `${name} ${version}: the ${mistakes.length} wrong answers that it is surest of`;
  try {
    await writeFile(file, renderMistakes(mistakes, images, title));
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `--mistakes ${file}: `);
  }
  process.stderr.write(`Written to ${file}\n`);
}
