import { Command, Option } from 'commander';
import { DEFAULT_MODEL } from '../../core/default-model';
import { StreamInferError } from '../../core/errors';
import { PRECISIONS, type Precision } from '../../core/precision';
import { RUNTIME_NAMES, type RuntimeName } from '../../core/runtime-name';
import { assertGolden } from '../../inference/golden';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../inference/model-files';
import { requireFashionMnist } from '../../inference/require-fashion-mnist';
import { requireInt8 } from '../../inference/require-int8';
import { candidatesFor, createRuntime, isRuntimesFault } from '../../inference/runtimes/index';
import type { ModelRuntime } from '../../inference/runtimes/runtime';
import { evaluate } from '../../training/evaluate';
import type { Metrics } from '../../training/metrics';
import { EXIT } from '../exit';
import { loadSplit } from '../load-split';
import { percent, renderClassTable, renderConfusion } from '../metrics-table';

interface EvaluateFlags {
  readonly model: string;
  readonly runtime: RuntimeName | 'auto';
  readonly precision: Precision;
  readonly dataDir?: string;
  readonly json?: boolean;
}

interface Evaluation {
  readonly files: ModelFiles;
  readonly runtime: RuntimeName;
  readonly precision: Precision;
  /** In the precision that was measured. */
  readonly cardAccuracy: number;
  readonly metrics: Metrics;
  /** Whether the accuracy is the one of the model card. */
  readonly agrees: boolean;
}

/** How far the accuracy may be from the card's: 0.05 points, five images of the test set. */
const TOLERANCE = 0.0005;

const EXAMPLES = `
Classifies the 10,000 test images and compares the accuracy with the figure in
the model card. The exit code is 1 if it differs by more than 0.05 points.

Examples:
  $ stream-infer evaluate
  $ stream-infer evaluate --model fashion-mnist@1 --runtime tfjs-wasm
  $ stream-infer evaluate --precision int8
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
      new Option('--precision <name>', 'int8: on onnx, for a model made for it')
        .choices(PRECISIONS)
        .default('fp32'),
    )
    .option(
      '--data-dir <dir>',
      'folder of the Fashion-MNIST files (default: the usual places, else download)',
    )
    .option('--json', 'print one JSON report')
    .addHelpText('after', EXAMPLES)
    .action(runEvaluate);
}

async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  // Warnings and errors only, and nothing of which instructions it was built with. Read once, while it is loaded.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const files = await readModelFiles(await resolveModelDir(flags.model));
  requireFashionMnist(files);
  const runtime = await startRuntime(flags, files);
  try {
    const images = await loadSplit('test', { dataDir: flags.dataDir, stream: process.stderr });
    const metrics = await evaluate(images, (pixels, n) => runtime.predict(pixels, n));
    const { name, precision } = runtime;
    const cardAccuracy = precision === 'int8' ? requireInt8(files).accuracy : files.manifest.accuracy;
    const agrees = Math.abs(metrics.accuracy - cardAccuracy) <= TOLERANCE;
    const evaluation = { files, runtime: name, precision, cardAccuracy, metrics, agrees };
    process.stdout.write(flags.json ? toJson(evaluation) : toText(evaluation));
    if (!agrees) process.exitCode = EXIT.failure;
  } finally {
    await runtime.dispose();
  }
}

/** The one asked for, or the first of all that loads here and reproduces the golden vectors. */
async function startRuntime(
  { runtime: wanted, precision }: EvaluateFlags,
  files: ModelFiles,
): Promise<ModelRuntime> {
  const candidates = candidatesFor(wanted, precision);
  for (const [i, name] of candidates.entries()) {
    const runtime = createRuntime(name, precision);
    try {
      await runtime.load(files);
      await assertGolden(runtime, files);
      return runtime;
    } catch (error) {
      await runtime.dispose();
      if (i === candidates.length - 1 || !isRuntimesFault(error)) throw error;
    }
  }
  throw new StreamInferError('INTERNAL', 'There is no runtime to try.');
}

function toText({ files, runtime, precision, cardAccuracy, metrics, agrees }: Evaluation): string {
  const card = percent(cardAccuracy);
  const verdict = agrees
    ? `agrees with the model card (${card})`
    : `the model card says ${card}: THEY DIFFER`;
  return [
    `${files.name} ${files.version} on ${runtime}, ${precision}, ${metrics.n} test images`,
    `accuracy ${percent(metrics.accuracy)}: ${verdict}`,
    `macro F1 ${metrics.macroF1.toFixed(4)}, log loss ${metrics.logLoss.toFixed(4)}`,
    '',
    renderClassTable(metrics),
    '',
    renderConfusion(metrics),
    '',
  ].join('\n');
}

function toJson({ files, runtime, precision, cardAccuracy, metrics, agrees }: Evaluation): string {
  const { name, version, sha256, labels } = files;
  const perClass = metrics.perClass.map((entry) => ({ ...entry, className: labels[entry.label] }));
  const summary = {
    model: { name, version, sha256, runtime, precision },
    cardAccuracy,
    agrees,
    ...metrics,
    perClass,
  };
  return `${JSON.stringify(summary, null, 2)}\n`;
}
