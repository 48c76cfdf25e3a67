import path from 'node:path';
import { messageOf } from '../../../../core/errors';
import { sha256 } from '../../folder';
import { MAX_FILE_BYTES } from '../../onnx/fields';
import type { NetworkInput } from '../../model';
import { withDataInside } from '../../onnx/external-data';
import { describeOnnx, type OnnxDescription, type OnnxTensor } from '../../onnx/file';
import { batchOf, demandsOf, endingOfOperator, ownScalingWarning } from './graph';
import { unknownOutput } from './layers';
import type { NetworkFacts } from './facts';
import { invalid, unsupportedFile, type ModelSource } from '../source';

/** The operator sets that the runtime has; anything else is an extension of somebody. */
const DOMAINS = /^(|ai\.onnx|ai\.onnx\.ml|ai\.onnx\.training|com\.microsoft(\..*)?)$/;
const INPUT_TYPES = new Set<string>(['float32', 'float16', 'uint8', 'int32', 'int8']);
const FLOATS = new Set(['float32', 'float16', 'float64', 'bfloat16']);

/** Reads an ONNX file. Rejects with MODEL_CORRUPT or MODEL_UNSUPPORTED. */
export async function readOnnx(
  source: ModelSource,
  name: string,
  wanted: string | undefined,
): Promise<NetworkFacts> {
  const file = path.join(source.path, name);
  const stored = new Uint8Array(await source.read(name));
  const description = describe(stored, file);
  assertExecutable(description, file);
  const bytes = await withWeights(source, stored, description, file);
  const input = onlyInput(description, file);
  const type = typeOf(input, file);
  const output = chosenOutput(description, wanted, file);
  const dims = sizesOf(input);
  const first = description.firstOperators.find((operator) => /^(Mul|Div|Add|Sub)$/.test(operator));
  return {
    sha256: sha256(bytes),
    imageShape: dims.slice(1),
    ending: endingOfOperator(description.outputOperators.get(output.name) ?? 'an unknown operator'),
    outputs: sizesOf(output).at(-1) ?? undefined,
    outputName: output.name,
    otherOutputs: description.outputs.map((one) => one.name).filter((one) => one !== output.name),
    tensors: description.outputs,
    demands: demandsOf(type, name),
    warnings: description.scalesInput ? [ownScalingWarning(name, first ?? 'a scaling')] : [],
    build: ({ layout, shape }, outputs) => ({
      kind: 'onnx',
      bytes,
      input: { name: input.name, type, layout, shape, ...batchOf(dims[0]) },
      output: outputs?.[0] ?? output.name,
      ...(outputs && { outputs }),
    }),
  };
}

function describe(bytes: Uint8Array, file: string): OnnxDescription {
  try {
    return describeOnnx(bytes);
  } catch (error) {
    throw invalid(file, `cannot be read as ONNX: ${messageOf(error).replace(/\.$/, '')}`, error);
  }
}

/** PyTorch writes the weights into a file next to the network, and large models must. */
async function withWeights(
  source: ModelSource,
  bytes: Uint8Array<ArrayBuffer>,
  { externalFiles }: OnnxDescription,
  file: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (externalFiles.length === 0) return bytes;
  const files = new Map<string, Uint8Array>();
  let total = bytes.length;
  // One after the other, up to the limit: a hostile file may name many.
  for (const name of externalFiles) {
    const data = await source.read(name);
    files.set(name, data);
    total += data.length;
    if (total > MAX_FILE_BYTES) throw invalid(file, `has more than ${MAX_FILE_BYTES} bytes with its weights`);
  }
  try {
    return withDataInside(bytes, files);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(file, `cannot be read with its weights: ${messageOf(error)}`, error);
  }
}

function assertExecutable({ operators }: OnnxDescription, file: string): void {
  const foreign = operators.find((operator) => {
    const at = operator.lastIndexOf(':');
    return at >= 0 && !DOMAINS.test(operator.slice(0, at));
  });
  if (foreign === undefined) return;
  throw unsupportedFile(
    file,
    `is an ONNX file with the operator ${foreign}, which ONNX Runtime does not have`,
    "Export the model again with ONNX's own operators only.",
  );
}

function onlyInput({ inputs }: OnnxDescription, file: string): OnnxTensor {
  const [first, ...others] = inputs;
  if (first && others.length === 0) return first;
  const names = inputs.map((one) => one.name).join(', ') || 'none';
  throw unsupportedFile(
    file,
    `has ${inputs.length} inputs (${names})`,
    'only models with one image as input are supported',
  );
}

function typeOf({ name, type }: OnnxTensor, file: string): NetworkInput['type'] {
  if (INPUT_TYPES.has(type)) return type as NetworkInput['type'];
  throw unsupportedFile(
    file,
    `has the input ${name} of type ${type}`,
    'export it with a float32 or uint8 input',
  );
}

/** The wanted output, else the first one with a row of floats for each image, else the first of floats. */
function chosenOutput({ outputs }: OnnxDescription, wanted: string | undefined, file: string): OnnxTensor {
  if (wanted !== undefined) {
    const found = outputs.find(({ name }) => name === wanted);
    if (found) return found;
    throw unknownOutput(
      file,
      wanted,
      outputs.map(({ name }) => name),
    );
  }
  const floats = outputs.filter(({ type }) => FLOATS.has(type));
  const chosen = floats.find(({ dims }) => dims?.length === 2) ?? floats[0];
  if (chosen) return chosen;
  throw unsupportedFile(
    file,
    'has no output of floating-point numbers',
    'export the probabilities of the classes, not only the label (for scikit-learn: zipmap=False)',
  );
}

/** Null for a size that varies. */
function sizesOf({ dims }: OnnxTensor): (number | null)[] {
  return (dims ?? []).map((size) => (typeof size === 'number' && size > 0 ? size : null));
}
