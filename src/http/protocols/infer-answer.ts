import type { ModelIdentity } from '../../core/prediction';
import type { ScoredImage } from '../services';
import type { InferRequest, RequestedOutput } from './infer-request';

/** One tensor of an answer. */
interface Tensor {
  readonly datatype: 'FP32' | 'INT64' | 'BYTES';
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface InferAnswer {
  readonly json: {
    readonly model_name: string;
    readonly model_version: string;
    readonly id?: string;
    readonly outputs: readonly (Pick<Tensor, 'datatype' | 'shape'> & { readonly name: string })[];
  };
  /** The binary tensors, in the order of the outputs; empty if all are in the JSON. */
  readonly binary: readonly Buffer[];
}

/** The answer to a request: JSON, and the tensors requested as binary data. */
export function toInferAnswer(
  { id, outputs }: InferRequest,
  model: ModelIdentity,
  labels: readonly string[],
  classified: readonly ScoredImage[],
): InferAnswer {
  const binary: Buffer[] = [];
  const described = outputs.map((wanted) => {
    const { data, ...tensor } = toTensor(wanted, labels, classified);
    if (!wanted.binary) return { name: wanted.name, ...tensor, data };
    const bytes = toBytes(tensor.datatype, data);
    binary.push(bytes);
    return { name: wanted.name, ...tensor, parameters: { binary_data_size: bytes.length } };
  });
  const { name, version } = model;
  return {
    json: {
      model_name: name,
      model_version: String(version),
      ...(id !== undefined && { id }),
      outputs: described,
    },
    binary,
  };
}

function toTensor(
  { name, classes }: RequestedOutput,
  labels: readonly string[],
  classified: readonly ScoredImage[],
): Tensor {
  const n = classified.length;
  if (name === 'label') return { datatype: 'INT64', shape: [n], data: classified.map(({ label }) => label) };
  if (name === 'class_name')
    return { datatype: 'BYTES', shape: [n], data: classified.map(({ className }) => className) };
  if (classes !== undefined) {
    const best = classified.map(({ scores }) => bestClasses(scores, labels, classes));
    return { datatype: 'BYTES', shape: [n, Math.min(classes, labels.length)], data: best.flat() };
  }
  const data = classified.flatMap(({ scores }) => scores);
  return { datatype: 'FP32', shape: [n, labels.length], data };
}

/** In the format of the classification extension of Triton: `value:index:label`. */
function bestClasses(scores: readonly number[], labels: readonly string[], count: number): string[] {
  return scores
    .map((score, label) => ({ score, label }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ score, label }) => `${score.toFixed(6)}:${label}:${labels[label]}`);
}

/** Row-major and little-endian; each element of BYTES is prefixed with its length in 4 bytes. */
function toBytes(datatype: Tensor['datatype'], data: Tensor['data']): Buffer {
  if (datatype === 'BYTES')
    return Buffer.concat(data.flatMap((text) => withLength(Buffer.from(String(text)))));
  const width = datatype === 'FP32' ? 4 : 8;
  const bytes = Buffer.alloc(data.length * width);
  for (const [at, value] of data.entries()) {
    if (datatype === 'FP32') bytes.writeFloatLE(Number(value), at * width);
    else bytes.writeBigInt64LE(BigInt(value), at * width);
  }
  return bytes;
}

function withLength(text: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return [length, text];
}
