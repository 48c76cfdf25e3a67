import { layersIn, type ModelFiles } from '../../models/files/model';
import { CallsBuilder, type Call } from './calls';
import { isRecord, type Json } from './json';
import type { Layer } from './layer';
import { PartsReader, type LayerPart, type ModelPart, type Output } from './parts';
import { weightsOf } from './scopes';

/** The layers that compute the output of a model, with nested models dissolved and without layers that do nothing. */
export interface Topology {
  /** Each behind its inputs; the first one is the input of the model, the last one its output. */
  readonly calls: readonly Call[];
  /** Keras 3 has other definitions of some functions than Keras 2 and TF.js. */
  readonly isKeras3: boolean;
}

/** Lists and objects in each other; far above real models. */
const MAX_DEPTH = 400;

/**
 * Throws MODEL_CORRUPT or MODEL_UNSUPPORTED if the topology is malformed, needs several inputs, or has a layer or an option
 * that the compilation does not compute.
 */
export function topologyOf(files: ModelFiles): Topology {
  const network = layersIn(files);
  const { modelTopology } = network;
  const reader = new PartsReader(`${files.name}@${files.version} in ${files.dir}`);
  if (isDeeperThan(modelTopology, MAX_DEPTH)) throw reader.corrupt('it has too many lists in each other');
  // Keras exports nest the model one level deeper than TF.js does.
  const model = reader.read(modelTopology['model_config'] ?? modelTopology);
  const layers = withWeights(reader.layers, weightsOf(reader.layers, network));
  const output = outputOf(reader, model, network.output);
  const calls = inOrder(new CallsBuilder(reader, layers).build(model, output));
  const inputs = calls.filter((call) => call.inputs.length === 0);
  if (inputs.length !== 1 || inputs[0]!.layer.className !== 'InputLayer')
    throw reader.unusable(`its output needs ${inputs.length} inputs instead of 1`);
  return { calls, isKeras3: isKeras3(modelTopology) };
}

function outputOf(reader: PartsReader, { outputs }: ModelPart, name: string | undefined): Output {
  const output = name === undefined ? outputs[0] : outputs.find(({ names }) => names.includes(name));
  if (output) return output;
  const names = outputs.map((one) => one.names[0]).join(', ');
  throw reader.unusable(name === undefined ? 'it has no output' : `it has no output ${name}, but ${names}`);
}

/** A name that occurs in several nested models gets the names of its models. */
function withWeights(
  parts: readonly LayerPart[],
  weights: ReturnType<typeof weightsOf>,
): ReadonlyMap<LayerPart, Layer> {
  const counts = new Map<string, number>();
  for (const { name } of parts) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    parts.map((part) => {
      const { className, config } = part;
      const name = counts.get(part.name) === 1 ? part.name : [...part.models, part.name].join('/');
      return [part, { className, name, config, weights: weights.get(part) ?? new Map() }];
    }),
  );
}

/** Everything that a call needs, the inputs of each one first; with an own stack, because there may be thousands. */
function inOrder(output: Call): Call[] {
  const done = new Set<Call>();
  const stack = [output];
  for (let call = stack.at(-1); call; call = stack.at(-1)) {
    const missing = done.has(call) ? undefined : call.inputs.find((one) => !done.has(one));
    if (missing) {
      stack.push(missing);
      continue;
    }
    done.add(call);
    stack.pop();
  }
  return [...done];
}

function isKeras3(topology: Json): boolean {
  const version = topology['keras_version'];
  return typeof version === 'string' && version.startsWith('3');
}

function isDeeperThan(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap(contentOf).filter((one) => typeof one === 'object' && one !== null);
  }
  return false;
}

function contentOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}
