import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { isVersionName, listModels, readModelFiles, resolveModelDir } from '../../models/files';
import { FINE_TUNING, fineTune } from '../../training/fine-tune';
import { addInt8 } from '../add-int8';
import { createInterrupt } from '../interrupt';
import { loadLabels } from '../load-labels';
import { loadSplit } from '../load-split';
import { createTrainingProgress } from '../training-progress';
import { fineTuningToJson, renderFineTuning, withJsonLines } from '../training-report';

export interface LabelFlags {
  readonly fromLabels: string;
  readonly model: string;
  readonly token?: string;
  readonly epochs?: number;
  readonly seed: number;
  readonly out?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Writes a new version next to the one that it starts from. */
export async function trainFromLabels(flags: LabelFlags): Promise<void> {
  const { seed, dataDir, epochs = FINE_TUNING.epochs } = flags;
  if (FINE_TUNING.warmUpEpochs >= epochs)
    throw new StreamInferError('USAGE', `--epochs must be more than ${FINE_TUNING.warmUpEpochs}`);
  const base = await readModelFiles(await resolveModelDir(flags.model));
  const labels = await loadLabels(flags.fromLabels, flags.token);
  const target = await chooseTarget(base.name, base.dir, flags.out);
  const interrupt = createInterrupt();
  const stream = flags.json ? process.stderr : process.stdout;
  const progress = createTrainingProgress(epochs, stream);
  const hooks = flags.json ? withJsonLines(progress) : progress;
  try {
    const place = { dataDir, stream, signal: interrupt.signal };
    const images = { training: await loadSplit('train', place), test: await loadSplit('test', place) };
    const command = `stream-infer train --from-labels labels.ndjson --model ${base.name}@${base.version} --epochs ${epochs} --seed ${seed}`;
    const options = { base, ...target, labels, ...images, epochs, seed, command };
    const result = await fineTune(options, hooks, interrupt.signal);
    progress.stop();
    const render = flags.json ? fineTuningToJson : renderFineTuning;
    process.stdout.write(render(target.out, result, await addInt8(target.out, images)));
  } finally {
    progress.stop();
    interrupt.release();
  }
}

/** The next version in the folder of the base, if that is a folder of versions. */
async function chooseTarget(
  name: string,
  dir: string,
  out: string | undefined,
): Promise<{ out: string; version: number }> {
  if (out !== undefined) {
    const folder = path.basename(path.resolve(out));
    return { out: path.resolve(out), version: isVersionName(folder) ? Number(folder) : 1 };
  }
  const root = path.dirname(dir);
  const known = await listModels(path.dirname(root));
  const versions = known.filter((one) => path.dirname(one.dir) === root).map(({ version }) => version);
  if (versions.length === 0 || path.basename(root) !== name)
    throw new StreamInferError(
      'USAGE',
      `${dir} is not in a folder of versions, ${name}/<version>/; set --out`,
    );
  const version = Math.max(...versions) + 1;
  return { out: path.join(root, String(version)), version };
}
