import { textOf } from '../../../../core/text-of';
import { own } from '../../../../core/own';
import path from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../folder';
import type { NetworkInput } from '../../model';
import { unknownOutput } from './layers';
import type { Ending, NetworkFacts } from './facts';
import { unsupportedFile, type ModelSource } from '../source';
import { readWeights, weightsManifestSchema } from './weights';

const dim = z.union([z.string(), z.number()]).transform(Number);
const shapeSchema = z
  .object({
    dim: z
      .array(z.object({ size: dim }))
      .max(16)
      .optional(),
  })
  .optional();
const tensorSchema = z.looseObject({ name: z.string(), dtype: z.string(), tensorShape: shapeSchema });
const tensors = z.record(z.string(), tensorSchema);
const nodeSchema = z.looseObject({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).optional(),
  attr: z.looseObject({}).optional(),
});

export const graphSchema = z.looseObject({
  modelTopology: z.looseObject({ node: z.array(nodeSchema).min(1).max(100_000) }),
  weightsManifest: weightsManifestSchema,
  signature: z.looseObject({ inputs: tensors.optional(), outputs: tensors.optional() }).optional(),
  userDefinedMetadata: z
    .looseObject({ signature: z.looseObject({ inputs: tensors, outputs: tensors }) })
    .optional()
    .catch(undefined),
});
type GraphJson = z.infer<typeof graphSchema>;
type Node = z.infer<typeof nodeSchema>;
type Tensor = z.infer<typeof tensorSchema>;

const INPUT_TYPES: Readonly<Record<string, NetworkInput['type']>> = {
  DT_FLOAT: 'float32',
  DT_HALF: 'float16',
  DT_UINT8: 'uint8',
  DT_INT32: 'int32',
  DT_INT8: 'int8',
};

/** Reads a TF.js graph model; its weights stay as stored. Rejects with MODEL_CORRUPT or MODEL_UNSUPPORTED. */
export async function readGraph(
  source: ModelSource,
  name: string,
  json: GraphJson,
  wanted: string | undefined,
): Promise<NetworkFacts> {
  const file = path.join(source.path, name);
  const data = await readWeights(source, json.weightsManifest, name);
  const weightData = new Uint8Array(data).buffer;
  const nodes = new Map(json.modelTopology.node.map((node) => [node.name, node]));
  const input = onlyInput(json, file);
  const outputs = outputsOf(json);
  const chosen = chosenOutput(outputs, wanted, file);
  const type = typeOf(input, file);
  const scaling = ownScaling(json.modelTopology.node, withoutPort(input.name));
  return {
    sha256: sha256(new Uint8Array(weightData)),
    imageShape: sizesOf(input).slice(1),
    ending: endingOf(nodes, chosen.tensor.name),
    outputs: sizesOf(chosen.tensor).at(-1) ?? undefined,
    outputName: chosen.name,
    otherOutputs: outputs.map((one) => one.name).filter((one) => one !== chosen.name),
    demands: demandsOf(type, name),
    warnings: scaling === undefined ? [] : [ownScalingWarning(name, scaling)],
    build: ({ layout, shape }) => ({
      kind: 'graph',
      artifacts: { ...artifactsOf(json), weightData },
      input: { name: input.name, type, layout, shape, ...batchOf(sizesOf(input)[0]) },
      output: chosen.tensor.name,
    }),
  };
}

/** Warns of a scaling inside of the network, which the default scale of 1/255 would repeat. */
export function ownScalingWarning(name: string, operator: string): string {
  return (
    `${name} begins with ${operator}, so it may scale the pixels itself; ` +
    'if it does, set input.scale to 1 in classifier.json'
  );
}

/** A network of integers gets the pixels as they are. */
export function demandsOf(type: NetworkInput['type'], name: string): NetworkFacts['demands'] {
  if (type === 'float32' || type === 'float16') return [];
  return [{ because: `${name} (takes ${type})`, settings: { scale: 1, offset: 0, mean: [0], std: [1] } }];
}

export function batchOf(size: number | null | undefined): { batch?: number } {
  return typeof size === 'number' ? { batch: size } : {};
}

function artifactsOf(json: GraphJson): Readonly<Record<string, unknown>> {
  const { weightsManifest, ...others } = json;
  return { ...others, format: 'graph-model', weightSpecs: weightsManifest.flatMap((group) => group.weights) };
}

interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

function signatureOf(json: GraphJson): { inputs?: Record<string, Tensor>; outputs?: Record<string, Tensor> } {
  const { inputs, outputs } = json.signature ?? json.userDefinedMetadata?.signature ?? {};
  return { ...(inputs && { inputs }), ...(outputs && { outputs }) };
}

function onlyInput(json: GraphJson, file: string): Tensor {
  const declared = Object.values(signatureOf(json).inputs ?? {});
  const inputs = declared.length > 0 ? declared : placeholders(json.modelTopology.node);
  if (inputs.length === 1) return inputs[0]!;
  const names = inputs.map((one) => one.name).join(', ') || 'none';
  throw unsupportedFile(
    file,
    `has ${inputs.length} inputs (${names})`,
    'only models with one image as input are supported',
  );
}

/** Old converters wrote no signature. */
function placeholders(nodes: readonly Node[]): Tensor[] {
  return nodes
    .filter(({ op }) => op === 'Placeholder')
    .map(({ name, attr }) => {
      const { dtype, shape } = (attr ?? {}) as { dtype?: { type?: string }; shape?: { shape?: unknown } };
      const sizes = shapeSchema.safeParse(shape?.shape);
      return {
        name,
        dtype: textOf(dtype?.type ?? 'DT_FLOAT'),
        tensorShape: sizes.success ? sizes.data : undefined,
      };
    });
}

function outputsOf(json: GraphJson): NamedTensor[] {
  const declared = Object.entries(signatureOf(json).outputs ?? {});
  if (declared.length > 0) return declared.map(([name, tensor]) => ({ name, tensor }));
  const { node: nodes } = json.modelTopology;
  const taken = new Set(nodes.flatMap(({ input = [] }) => input.map(withoutPort)));
  return nodes
    .filter(({ name, op }) => !taken.has(name) && op !== 'Const' && op !== 'Placeholder')
    .map(({ name }) => ({ name, tensor: { name, dtype: 'DT_FLOAT', tensorShape: undefined } }));
}

/** The wanted output, else the first one with one row of numbers for each image. */
function chosenOutput(
  outputs: readonly NamedTensor[],
  wanted: string | undefined,
  file: string,
): NamedTensor {
  if (wanted !== undefined) {
    const found = outputs.find(
      ({ name, tensor }) => name === wanted || withoutPort(tensor.name) === withoutPort(wanted),
    );
    if (found) return found;
    throw unknownOutput(
      file,
      wanted,
      outputs.map(({ name }) => name),
    );
  }
  const rows = outputs.find(({ tensor }) => sizesOf(tensor).length === 2);
  const chosen = rows ?? outputs[0];
  if (chosen) return chosen;
  throw unsupportedFile(file, 'has no output', 'convert the model again with tensorflowjs_converter');
}

function typeOf({ dtype, name }: Tensor, file: string): NetworkInput['type'] {
  const type = own(INPUT_TYPES, dtype);
  if (type !== undefined) return type;
  throw unsupportedFile(
    file,
    `has the input ${name} of type ${dtype}`,
    'export it with an input of pixels: float32, uint8 or int32',
  );
}

/** Null for a size that varies. */
function sizesOf({ tensorShape }: Tensor): (number | null)[] {
  return (tensorShape?.dim ?? []).map(({ size }) => (size > 0 ? size : null));
}

function withoutPort(name: string): string {
  return name.replace(/:\d+$/, '').replace(/^\^/, '');
}

const MOVES = /^(Identity|IdentityN|Reshape|Squeeze|Cast|StopGradient|Snapshot)$/;
const SCALES = /^(Mul|Sub|RealDiv|Div|AddV?2?|Rsqrt)$/;
const LONGEST_WAY = 50;

function endingOf(nodes: ReadonlyMap<string, Node>, output: string): Ending {
  let node = nodes.get(withoutPort(output));
  for (let i = 0; node !== undefined && i < LONGEST_WAY && MOVES.test(node.op); i++) {
    const [before] = (node.input ?? []) as [string?];
    node = nodes.get(withoutPort(before ?? ''));
  }
  return endingOfOperator(node?.op ?? 'an unknown operator');
}

/** By the operator that makes the output of a graph. */
export function endingOfOperator(operator: string): Ending {
  const kind = /^Softmax$/.test(operator)
    ? 'softmax'
    : /^(Hard)?Sigmoid$/.test(operator)
      ? 'sigmoid'
      : 'logits';
  return { kind, by: operator };
}

/** The operator with which a graph changes its input by a constant; undefined if it does not begin with one. */
function ownScaling(nodes: readonly Node[], input: string): string | undefined {
  let value = input;
  for (let i = 0; i < LONGEST_WAY; i++) {
    const next = nodes.find((node) => node.input?.some((one) => withoutPort(one) === value));
    if (next === undefined) return undefined;
    if (SCALES.test(next.op)) return next.op;
    if (!MOVES.test(next.op)) return undefined;
    value = next.name;
  }
  return undefined;
}
