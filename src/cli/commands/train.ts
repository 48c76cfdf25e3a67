import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import { IMAGE_SIDE } from '../../core/image';
import { isModelName, isVersionName, listModels, readModelFiles } from '../../models/files';
import { ARCHITECTURES, ARCHITECTURE_NAMES, type ArchitectureName } from '../../training/architectures';
import type { Recipe } from '../../training/recipe';
import { quantizeModel, type QuantizeResult } from '../../training/quantize';
import { trainModel, type TrainOptions } from '../../training/train';
import { notNegative, positiveNumber, positiveWholeNumber, shareBelowOne, wholeNumber } from '../arguments';
import { loadSplit } from '../load-split';
import { createTrainingProgress } from '../training-progress';
import { renderTraining, trainingToJson, withJsonLines } from '../training-report';

interface TrainFlags extends Recipe {
  readonly architecture: ArchitectureName;
  readonly name: string;
  readonly seed: number;
  readonly out?: string;
  readonly dataDir?: string;
  readonly checkpoint?: string;
  readonly patience: number;
  readonly json?: boolean;
}

/** What is not given comes from the architecture. */
type GivenFlags = Omit<TrainFlags, 'name' | keyof Recipe> & Partial<Pick<TrainFlags, 'name' | keyof Recipe>>;

const EXIT_INTERRUPTED = 130;

const EXAMPLES = `
The model is trained on Fashion-MNIST with tfjs-node, some 30 seconds an epoch
on 2 cores (deep: a minute). The weights of the epoch that is best on 5,000
images held back from the training set are kept. They are the same to the last
bit for the same seed with TF_NUM_INTRAOP_THREADS=1.
Ctrl-C stops after the current batch and keeps the best weights so far (exit
code 130); with --checkpoint it writes no model, and the same command goes on
after the last whole epoch. A second Ctrl-C quits and writes nothing.
With --patience the training ends after so many epochs in a row that were not
better on the images held back. The learning rate falls over all of --epochs,
and most is won at its end: for the best weights leave it off.
Loss and accuracy by epoch are in the model card, as a picture in curves.svg
beside it, and on the page while the model serves (tab Quality).
At the end the model is made for --precision int8, too, if onnxruntime loads.

Examples:
  $ stream-infer train
  $ stream-infer train --architecture lenet
  $ stream-infer train --architecture deep --checkpoint deep.checkpoint
  $ stream-infer train --epochs 2 --name quick
  $ stream-infer train --epochs 60 --patience 5
  $ stream-infer train --seed 7 --epochs 20 --out ./models/fashion-mnist/2
  $ stream-infer train --json | jq -c 'select(.type == "epoch") | [.epoch, .validationAccuracy]'
  $ stream-infer evaluate --model ./models/fashion-mnist/2
`;

/** `stream-infer train`, to be attached to the program. */
export function trainCommand(): Command {
  return new Command('train')
    .description('Train a model on Fashion-MNIST and write it as a new version.')
    .addOption(
      new Option('--architecture <name>', 'cnn; deep: more exact, slower; LeNet-5: less exact, faster')
        .choices(ARCHITECTURE_NAMES)
        .default('cnn'),
    )
    .option('--name <name>', 'name of the model (default: fashion-mnist, or lenet)', parseName)
    .option('--epochs <n>', `passes over the training images ${defaults('epochs')}`, positiveWholeNumber)
    .option('--batch-size <n>', `images a step ${defaults('batchSize')}`, positiveWholeNumber)
    .option(
      '--learning-rate <rate>',
      `of Adam, at its highest; it falls along a cosine ${defaults('learningRate')}`,
      positiveNumber,
    )
    .option(
      '--warm-up-epochs <n>',
      `epochs in which it rises to that ${defaults('warmUpEpochs')}`,
      notNegative,
    )
    .option(
      '--weight-decay <rate>',
      `share of the kernels lost in a step, times the learning rate ${defaults('weightDecay')}`,
      notNegative,
    )
    .option(
      '--label-smoothing <share>',
      `share of each target spread over all classes ${defaults('labelSmoothing')}`,
      shareBelowOne,
    )
    .option('--shift <pixels>', `how far images are moved at random ${defaults('shift')}`, wholeNumber)
    .option(
      '--averaging <share>',
      `share kept in a step by an average of the weights; 0: none ${defaults('averaging')}`,
      shareBelowOne,
    )
    .option('--seed <n>', 'decides first weights, order, changes of the images and dropout', wholeNumber, 1)
    .option('--out <dir>', 'folder to write; it must not exist (default: ./models/<name>/<next version>)')
    .option(
      '--data-dir <dir>',
      'folder of the Fashion-MNIST files (default: the usual places, else download)',
    )
    .option('--checkpoint <file>', 'written after each epoch; if it is there, the training goes on from it')
    .option(
      '--patience <n>',
      'end after so many epochs in a row without a better one (0: never)',
      wholeNumber,
      0,
    )
    .option(
      '--json',
      'print a line of JSON for each epoch, and a last one with the model; progress goes to stderr',
    )
    .addHelpText('after', EXAMPLES)
    .action((flags: GivenFlags) => {
      const { model, recipe } = ARCHITECTURES[flags.architecture];
      return runTrain({ name: model, ...recipe, ...flags });
    });
}

/** For the help: what the recipes say, the first architecture's first. */
function defaults(part: keyof Recipe): string {
  const [first, ...others] = ARCHITECTURE_NAMES.map((name) => ({
    name,
    value: ARCHITECTURES[name].recipe[part],
  }));
  const different = others.filter(({ value }) => value !== first?.value);
  return `(default: ${[String(first?.value), ...different.map(({ name, value }) => `${value} for ${name}`)].join(', ')})`;
}

async function runTrain(flags: TrainFlags): Promise<void> {
  assertSensible(flags);
  const interrupt = createInterrupt();
  const stream = flags.json ? process.stderr : process.stdout;
  const progress = createTrainingProgress(flags.epochs, stream);
  const hooks = flags.json ? withJsonLines(progress) : progress;
  try {
    const target = await chooseTarget(flags);
    const place = { dataDir: flags.dataDir, stream, signal: interrupt.signal };
    const images = { training: await loadSplit('train', place), test: await loadSplit('test', place) };
    const options = { ...flags, ...target, ...images, command: toCommandLine(flags) };
    const result = await trainModel(options, hooks, interrupt.signal);
    progress.stop();
    const render = flags.json ? trainingToJson : renderTraining;
    process.stdout.write(render(options, result, await quantize(target.out, images)));
    if (result.ended === 'signal') process.exitCode = EXIT_INTERRUPTED;
  } catch (error) {
    if (!flags.checkpoint || !isStreamInferError(error) || error.code !== 'ABORTED') throw error;
    progress.stop();
    stream.write(`${error.message}\n`);
    process.exitCode = EXIT_INTERRUPTED;
  } finally {
    progress.stop();
    interrupt.release();
  }
}

/** What would only be found after hours, or never. */
function assertSensible({ epochs, warmUpEpochs, shift, checkpoint }: TrainFlags): void {
  const usage = (message: string) => new StreamInferError('USAGE', message);
  if (warmUpEpochs >= epochs)
    throw usage(`--warm-up-epochs is part of --epochs and has to be less (got ${warmUpEpochs} of ${epochs})`);
  if (shift >= IMAGE_SIDE)
    throw usage(`--shift has to leave some of the ${IMAGE_SIDE} pixels of a side (got ${shift})`);
  if (checkpoint?.trim() === '') throw usage('--checkpoint wants the name of a file (got "")');
}

/** The first Ctrl-C aborts the signal; after it the default is back, so that a second one ends the process. */
function createInterrupt() {
  const controller = new AbortController();
  const onInterrupt = () => controller.abort();
  process.once('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) };
}

async function chooseTarget({ name, out }: TrainFlags): Promise<Pick<TrainOptions, 'out' | 'version'>> {
  const root = path.resolve('models');
  const known = (await listModels(root)).filter((model) => model.name === name);
  const next = Math.max(0, ...known.map((model) => model.version)) + 1;
  if (out === undefined) return { out: path.join(root, name, String(next)), version: next };
  const folder = path.basename(path.resolve(out));
  return { out: path.resolve(out), version: isVersionName(folder) ? Number(folder) : 1 };
}

/** Makes the new model for int8, too; a model without that is a model all the same, so the reason is only told. */
async function quantize(
  dir: string,
  images: Pick<TrainOptions, 'training' | 'test'>,
): Promise<QuantizeResult | StreamInferError> {
  try {
    return await quantizeModel({ files: await readModelFiles(dir), ...images });
  } catch (error) {
    if (isStreamInferError(error)) return error;
    throw error;
  }
}

/** What has to be typed to get this model again; folders are of no account. */
function toCommandLine(flags: TrainFlags): string {
  const { architecture, name, seed, patience } = flags;
  const recipe = RECIPE_FLAGS.map(([flag, part]) => `${flag} ${flags[part]}`).join(' ');
  const early = patience > 0 ? ` --patience ${patience}` : '';
  // One thread or several: only with one are the weights the same to the last bit.
  const threads = process.env['TF_NUM_INTRAOP_THREADS'];
  const environment = threads ? `TF_NUM_INTRAOP_THREADS=${threads} ` : '';
  return `${environment}stream-infer train --architecture ${architecture} --name ${name} ${recipe} --seed ${seed}${early}`;
}

const RECIPE_FLAGS: readonly (readonly [flag: string, part: keyof Recipe])[] = [
  ['--epochs', 'epochs'],
  ['--batch-size', 'batchSize'],
  ['--learning-rate', 'learningRate'],
  ['--warm-up-epochs', 'warmUpEpochs'],
  ['--weight-decay', 'weightDecay'],
  ['--label-smoothing', 'labelSmoothing'],
  ['--shift', 'shift'],
  ['--averaging', 'averaging'],
];

function parseName(text: string): string {
  if (isModelName(text)) return text;
  throw new InvalidArgumentError('expected letters, digits, dots, dashes and underscores, at most 64.');
}
