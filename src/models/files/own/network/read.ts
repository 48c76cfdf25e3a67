import { z } from 'zod';
import type { NetworkFacts } from './facts';
import { graphSchema, readGraph } from './graph';
import { readLayers } from './layers';
import type { ModelFile } from '../locate';
import { readOnnx } from './onnx';
import { invalid, readAnyJson, type ModelSource } from '../source';
import { weightsManifestSchema } from './weights';
import path from 'node:path';

const layersSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: weightsManifestSchema,
});

/** Reads the network itself. Rejects with MODEL_CORRUPT, MODEL_UNSUPPORTED or FILE_UNREADABLE. */
export async function readNetwork(
  source: ModelSource,
  { kind, file }: ModelFile,
  output: string | undefined,
): Promise<NetworkFacts> {
  const name = path.basename(file);
  if (kind === 'onnx') return await readOnnx(source, name, output);
  const json = await readAnyJson(source, name);
  if (!hasTopology(json))
    throw invalid(
      file,
      'is not a TF.js model: it has no modelTopology; pass the JSON file that the converter wrote',
    );
  const isGraph = 'node' in json.modelTopology;
  return isGraph
    ? await readGraph(source, name, parsed(graphSchema, json, file), output)
    : await readLayers(source, name, parsed(layersSchema, json, file), output);
}

function hasTopology(json: unknown): json is { modelTopology: object } {
  const topology = (json as { modelTopology?: unknown } | null)?.modelTopology;
  return typeof topology === 'object' && topology !== null;
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw invalid(file, `is malformed:\n${z.prettifyError(result.error)}`, result.error);
}
