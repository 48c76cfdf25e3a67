import { CLASS_NAMES } from '../../core/labels';
import type { ModelIdentity, Prediction } from '../../core/prediction';
import type { InferRequest, RequestedOutput } from './infer-request';

/** One tensor of an answer. */
interface Tensor {
  readonly datatype: 'FP32' | 'INT64' | 'BYTES';
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface InferAnswer {
  readonly json: object;
  /** The binary tensors, in the order of the outputs; empty if all are in the JSON. */
  readonly binary: readonly Buffer[];
}

/** The answer to a request: JSON, and the tensors requested as binary data. */
export function toInferAnswer(
  { id, outputs }: InferRequest,
  model: ModelIdentity,
  predictions: readonly Prediction[],
): InferAnswer {
  const binary: Buffer[] = [];
  const described = outputs.map((wanted) => {
    const { data, ...tensor } = toTensor(wanted, predictions);
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

function toTensor({ name, classes }: RequestedOutput, predictions: readonly Prediction[]): Tensor {
  const n = predictions.length;
  if (name === 'label') return { datatype: 'INT64', shape: [n], data: predictions.map(({ label }) => label) };
  if (name === 'class_name')
    return { datatype: 'BYTES', shape: [n], data: predictions.map(({ className }) => className) };
  if (classes !== undefined) {
    const best = predictions.map(({ probabilities }) => bestClasses(probabilities, classes));
    return { datatype: 'BYTES', shape: [n, best[0]?.length ?? 0], data: best.flat() };
  }
  const probabilities = predictions.map((prediction) => prediction.probabilities);
  return { datatype: 'FP32', shape: [n, probabilities[0]?.length ?? 0], data: probabilities.flat() };
}

/** In the format of the classification extension of Triton: `value:index:label`. */
function bestClasses(probabilities: readonly number[], count: number): string[] {
  return probabilities
    .map((probability, label) => ({ probability, label }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count)
    .map(({ probability, label }) => `${probability.toFixed(6)}:${label}:${CLASS_NAMES[label]}`);
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
