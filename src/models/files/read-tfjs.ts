import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import { corrupt, hasCode, namesIn, parseJson, sha256, unreadable } from './folder';
import type { ModelFiles } from './model';
import { inputScaling } from './own-scaling';
import { LABELS, MODEL, labelsSchema, modelName, modelSchema, type WeightSpec } from './schema';

/** Alternative to labels.json: one class per line. */
const LABELS_TEXT = 'labels.txt';
/** Preprocessing that is not supported yet: without it, the results would be wrong. */
const PREPROCESSING = 'classifier.json';

const topologySchema = z.looseObject({
  config: z.union([
    z.array(z.looseObject({ config: z.looseObject({}) })),
    z
      .looseObject({ layers: z.array(z.looseObject({ config: z.looseObject({}) })) })
      .transform(({ layers }) => layers),
  ]),
});
const inputShape = z.tuple([z.null(), z.int().positive(), z.int().positive(), z.int().positive()]);

/**
 * Reads a folder written by TF.js or its converter: model.json, its weights, and the class names in labels.json (a list)
 * or labels.txt (one per line). The input size is the model's own. Pixels are multiplied by 1/255, unless the model scales
 * them itself.
 * Without a manifest nothing is verified, and without golden vectors nothing is compared.
 *
 * Rejects with MODEL_MISSING (no labels), MODEL_CORRUPT, MODEL_UNSUPPORTED (the input is not a greyscale image) or
 * FILE_UNREADABLE.
 */
export async function readTfjsModel(folder: string): Promise<ModelFiles> {
  const file = path.join(folder, MODEL);
  const { modelTopology, weightsManifest } = parseJson(file, await readRequired(file), modelSchema);
  const { height, width } = inputOf(modelTopology, file);
  await assertNoPreprocessing(folder);
  const labels = await readLabels(folder);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const shards = weightsManifest.flatMap((group) => group.paths);
  const parts = await Promise.all(shards.map((shard) => readRequired(path.join(folder, shard))));
  const weightData = joinWeights(parts, weightSpecs, file);
  const digest = sha256(new Uint8Array(weightData));
  const name = nameOf(folder);
  const scaling = inputScaling(modelTopology);
  return {
    name,
    version: 1,
    sha256: digest,
    dir: folder,
    network: { kind: 'layers', modelTopology, weightSpecs, weightData },
    shape: { height, width, channels: 1, resize: 'fit', invert: 'auto', labels },
    preprocessing: { scale: scaling, offset: 0, mean: [0], std: [1], order: 'grey' },
    output: { activation: 'none', independent: false },
    origins: {},
    warnings: [],
    golden: { n: 0, pixels: new Uint8Array(0), probabilities: new Float32Array(0) },
    manifest: {
      schemaVersion: 1,
      name,
      version: 1,
      created: (await stat(file)).mtime.toISOString(),
      inputShape: [height, width, 1],
      scaling,
      accuracy: 0,
      weightsSha256: digest,
      files: [],
    },
  };
}

/** Throws MODEL_CORRUPT if the weights do not have the length that `file` (model.json) describes. */
export function joinWeights(
  parts: readonly Buffer[],
  specs: readonly WeightSpec[],
  file: string,
): ArrayBuffer {
  const expected = specs.reduce((sum, spec) => sum + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length !== expected)
    throw corrupt(file, `describes ${expected} bytes of weights, but there are ${length}`);
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined.buffer;
}

function inputOf(modelTopology: Record<string, unknown>, file: string): { height: number; width: number } {
  // Keras exports nest the model one level deeper than TF.js does.
  const topology = topologySchema.safeParse(modelTopology['model_config'] ?? modelTopology);
  const first = topology.success ? topology.data.config[0]?.config : undefined;
  const declared = first?.['batch_input_shape'] ?? first?.['batch_shape'];
  const shape = inputShape.safeParse(declared);
  if (shape.success && shape.data[3] === 1) return { height: shape.data[1], width: shape.data[2] };
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `${file} has the input shape ${JSON.stringify(declared ?? null)}; ` +
      'only greyscale images, [null, height, width, 1], are supported.',
  );
}

async function assertNoPreprocessing(folder: string): Promise<void> {
  if (!(await namesIn(folder)).includes(PREPROCESSING)) return;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `${path.join(folder, PREPROCESSING)} is not supported. Remove it if the model takes pixels times 1/255, ` +
      'or scales them itself; otherwise add a Rescaling layer in front of the model.',
  );
}

async function readLabels(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const json = path.join(folder, LABELS);
  if (names.includes(LABELS)) return parseJson(json, await readRequired(json), labelsSchema);
  if (!names.includes(LABELS_TEXT)) {
    throw new StreamInferError(
      'MODEL_MISSING',
      `${folder} has a ${MODEL} but no class names: ` +
        `add ${LABELS} (a list of names in order) or ${LABELS_TEXT} (one per line).`,
    );
  }
  const text = (await readRequired(path.join(folder, LABELS_TEXT))).toString('utf8');
  const labels = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (labels.length < 2) throw corrupt(path.join(folder, LABELS_TEXT), 'names fewer than two classes');
  return labels;
}

async function readRequired(file: string): Promise<Buffer> {
  return await readFile(file).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw corrupt(file, 'is missing, but the model needs it', error);
    throw unreadable(file, error);
  });
}

/** The folder's name with invalid characters replaced; `model` if that is not a valid name either. */
function nameOf(folder: string): string {
  const name = path.basename(folder).replace(/[^\w.-]/g, '-');
  return modelName.safeParse(name).success ? name : 'model';
}
