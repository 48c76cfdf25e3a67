import path from 'node:path';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import { IMAGE_SIDE } from '../../core/image';
import { isModelName, isVersionName, listModels } from '../../models/files';
import { ARCHITECTURES, type ArchitectureName } from '../../training/architectures';
import { RECIPE_PARTS, type Recipe } from '../../training/recipe';
import { trainModel, type TrainOptions } from '../../training/train';
import type { LabelFlags } from './train-from-labels';
import { addInt8 } from '../add-int8';
import { createInterrupt } from '../interrupt';
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

/** Missing flags have the defaults of the architecture. */
type GivenFlags = Omit<TrainFlags, 'name' | keyof Recipe> &
  Partial<Pick<TrainFlags, 'name' | keyof Recipe>> &
  Pick<LabelFlags, 'model' | 'token'>;

const EXIT_INTERRUPTED = 130;

export async function train(flags: GivenFlags & Partial<Pick<LabelFlags, 'fromLabels'>>): Promise<void> {
  const { fromLabels } = flags;
  if (fromLabels !== undefined) {
    const { trainFromLabels } = await import('./train-from-labels.js');
    return await trainFromLabels({ ...flags, fromLabels });
  }
  const { model, recipe } = ARCHITECTURES[flags.architecture];
  await trainWith({ name: model, ...recipe, ...flags });
}

async function trainWith(flags: TrainFlags): Promise<void> {
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
    process.stdout.write(render(options, result, await addInt8(target.out, images)));
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

/** Rejects values that would fail only after hours, or never. */
function assertSensible({ name, epochs, warmUpEpochs, shift, checkpoint }: TrainFlags): void {
  const usage = (message: string) => new StreamInferError('USAGE', message);
  if (!isModelName(name))
    throw usage(`--name ${name}: expected 1 to 64 letters, digits, dots, dashes and underscores`);
  if (warmUpEpochs >= epochs)
    throw usage(`--warm-up-epochs must be less than --epochs (got ${warmUpEpochs} of ${epochs})`);
  if (shift >= IMAGE_SIDE)
    throw usage(`--shift must be less than ${IMAGE_SIDE}, the side of an image (got ${shift})`);
  if (checkpoint?.trim() === '') throw usage('--checkpoint needs a file name (got "")');
}

async function chooseTarget({ name, out }: TrainFlags): Promise<Pick<TrainOptions, 'out' | 'version'>> {
  const root = path.resolve('models');
  const known = (await listModels(root)).filter((model) => model.name === name);
  const next = Math.max(0, ...known.map((model) => model.version)) + 1;
  if (out === undefined) return { out: path.join(root, name, String(next)), version: next };
  const folder = path.basename(path.resolve(out));
  return { out: path.resolve(out), version: isVersionName(folder) ? Number(folder) : 1 };
}

/** The command that reproduces this model, without its folders. */
function toCommandLine(flags: TrainFlags): string {
  const { architecture, name, seed, patience } = flags;
  const recipe = RECIPE_PARTS.map((part) => `--${kebabCase(part)} ${flags[part]}`).join(' ');
  const early = patience > 0 ? ` --patience ${patience}` : '';
  // Weights are reproducible to the last bit only with one thread.
  const threads = process.env['TF_NUM_INTRAOP_THREADS'];
  const environment = threads ? `TF_NUM_INTRAOP_THREADS=${threads} ` : '';
  return `${environment}stream-infer train --architecture ${architecture} --name ${name} ${recipe} --seed ${seed}${early}`;
}

/** `batchSize` → `batch-size` */
function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
