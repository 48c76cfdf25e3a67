import { StreamInferError } from '../../core/errors';
import { isFashionMnist } from '../../core/model-shape';
import { assertQuantizable } from '../../inference/requirements';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../models/files';
import { assertNotMade, quantizeModel, quantizeOnImages, type QuantizeResult } from '../../training/quantize';
import { haveClasses, readOwnImages } from '../images-in-memory';
import { loadSplit } from '../load-split';
import { describeInt8 } from '../training-report';

interface QuantizeFlags {
  readonly images?: readonly string[];
  readonly dataDir?: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function quantize(model: string, flags: QuantizeFlags): Promise<void> {
  const files = await readModelFiles(await resolveModelDir(model));
  assertQuantizable(files);
  assertWritable(files, flags);
  const result = await (flags.images ? onImages(files, flags.images, flags) : onDataset(files, flags));
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ dir: files.dir, ...result }, null, 2)}\n`
      : `${files.name}@${files.version}: ${describeInt8(result)}\nWritten to ${files.dir}\n`,
  );
}

async function onDataset(
  files: ModelFiles,
  { dataDir, seed, force = false }: QuantizeFlags,
): Promise<QuantizeResult> {
  const place = { dataDir, stream: process.stderr };
  const training = await loadSplit('train', place);
  return await quantizeModel({ files, training, test: await loadSplit('test', place), seed, force });
}

async function onImages(
  files: ModelFiles,
  places: readonly string[],
  { seed, force = false }: QuantizeFlags,
): Promise<QuantizeResult> {
  const known = await haveClasses(files, places);
  const { pixels, labels, source } = await readOwnImages(files, places, known);
  const images = { pixels, ...(known && { labels }) };
  return await quantizeOnImages({ files, images, source, seed, force });
}

function assertWritable(files: ModelFiles, { images, force = false }: QuantizeFlags): void {
  const { dir } = files;
  if (files.manifest.files.length === 0)
    throw new StreamInferError(
      'USAGE',
      `${dir} has no manifest and no golden vectors; import it first: stream-infer models import ${dir} --name <name>`,
    );
  if (images === undefined && !isFashionMnist(files.shape))
    throw new StreamInferError(
      'USAGE',
      `${dir} is not a model of Fashion-MNIST's images and classes; name images like those it will get: --images <folder>`,
    );
  assertNotMade(files, force);
}
