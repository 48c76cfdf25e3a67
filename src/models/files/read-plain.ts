import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import { sha256 } from './checksum';
import { namesIn } from './folders';
import type { ModelFiles, PlainContents } from './model';
import { corrupt, hasCode, unreadable } from './problems';
import { LABELS, MODEL, labelsSchema, modelName, modelSchema } from './schema';
import { parseJson } from './verified-folder';
import { assertWeights, concat } from './weights';

/** One class a line, instead of labels.json. */
const LABELS_TEXT = 'labels.txt';

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
 * Reads what TF.js or its converter wrote: model.json with its weights, and beside it the names of the classes in
 * labels.json (a list) or labels.txt (one a line). The input size is the model's own; pixels are multiplied with 1/255.
 * There is no manifest, so nothing is verified, and no golden vectors, so nothing is compared.
 *
 * Rejects with MODEL_MISSING (no labels), MODEL_CORRUPT, MODEL_UNSUPPORTED (an input that is no grey image) or
 * FILE_UNREADABLE.
 */
export async function readPlainModel(folder: string): Promise<ModelFiles> {
  const file = path.join(folder, MODEL);
  const model = parseJson(file, await read(file), modelSchema);
  const { height, width } = inputOf(model.modelTopology, file);
  const labels = await readLabels(folder);
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const shards = model.weightsManifest.flatMap((group) => group.paths);
  const weightData = concat(await Promise.all(shards.map((shard) => read(path.join(folder, shard)))));
  assertWeights(weightData, weightSpecs, file);
  const digest = sha256(new Uint8Array(weightData));
  const contents: PlainContents = { labels, modelTopology: model.modelTopology, weightSpecs, weightData };
  const name = nameOf(folder);
  return {
    ...contents,
    name,
    version: 1,
    sha256: digest,
    dir: folder,
    golden: { n: 0, pixels: new Uint8Array(0), probabilities: new Float32Array(0) },
    manifest: {
      schemaVersion: 1,
      name,
      version: 1,
      created: (await stat(file)).mtime.toISOString(),
      inputShape: [height, width, 1],
      scaling: 1 / 255,
      accuracy: 0,
      weightsSha256: digest,
      files: [],
    },
  };
}

function inputOf(modelTopology: Record<string, unknown>, file: string): { height: number; width: number } {
  // What Keras exports has the model one level deeper than what TF.js saves.
  const topology = topologySchema.safeParse(modelTopology['model_config'] ?? modelTopology);
  const first = topology.success ? topology.data.config[0]?.config : undefined;
  const shape = inputShape.safeParse(first?.['batch_input_shape'] ?? first?.['batch_shape']);
  if (shape.success && shape.data[3] === 1) return { height: shape.data[1], width: shape.data[2] };
  const found = JSON.stringify(first?.['batch_input_shape'] ?? first?.['batch_shape'] ?? null);
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `${file} takes ${found}; models of grey images, [null, height, width, 1], are run here.`,
  );
}

async function readLabels(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const json = path.join(folder, LABELS);
  if (names.includes(LABELS)) return parseJson(json, await read(json), labelsSchema);
  if (!names.includes(LABELS_TEXT)) {
    throw new StreamInferError(
      'MODEL_MISSING',
      `${folder} has a ${MODEL}, but nothing names its classes: add ${LABELS} (a list of names in their order) or ${LABELS_TEXT} (one a line).`,
    );
  }
  const text = (await read(path.join(folder, LABELS_TEXT))).toString('utf8');
  const labels = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (labels.length < 2) throw corrupt(path.join(folder, LABELS_TEXT), 'names fewer than two classes');
  return labels;
}

async function read(file: string): Promise<Buffer> {
  return await readFile(file).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw corrupt(file, 'is missing, but the model needs it', error);
    throw unreadable(file, error);
  });
}

/** Of the folder, as far as a model may be called so. */
function nameOf(folder: string): string {
  const name = path.basename(folder).replace(/[^\w.-]/g, '-');
  return modelName.safeParse(name).success ? name : 'model';
}
