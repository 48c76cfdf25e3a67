import type * as tf from '@tensorflow/tfjs';
import { StreamInferError, messageOf } from '../../core/errors';

/** The common API of the two TF.js packages, as far as it is used here. */
export type TfLibrary = Pick<
  typeof tf,
  'loadLayersModel' | 'loadGraphModel' | 'io' | 'tensor' | 'getBackend'
>;

/** The error of loading a model, as MODEL_CORRUPT. */
export function loadError(error: unknown, dir: string): StreamInferError {
  return new StreamInferError('MODEL_CORRUPT', `TF.js cannot load the model in ${dir}: ${messageOf(error)}`, {
    cause: error,
  });
}

/** How a model is executed: its input tensor to its output tensors, all of which the caller disposes of. */
type Execute = (input: tf.Tensor) => tf.Tensor[] | Promise<tf.Tensor[]>;

/** The numbers of one output for an input of this shape; frees all tensors. Rejects as `executionError` returns. */
export async function numbersOf(
  { library, dir }: { library: TfLibrary; dir: string },
  input: { values: Float32Array | Int32Array; shape: number[] },
  execute: Execute,
  output = 0,
): Promise<Float32Array<ArrayBuffer>> {
  const type = input.values instanceof Float32Array ? 'float32' : 'int32';
  const tensors = [library.tensor(input.values, input.shape, type)];
  try {
    const outputs = await execute(tensors[0]!);
    tensors.push(...outputs);
    return new Float32Array(outputs[output]!.dataSync<'float32'>());
  } catch (error) {
    throw executionError(error, dir, library.getBackend());
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** Messages of TF.js for an operation that a backend, or TF.js itself, does not have. */
const MISSING = /Kernel '?(\w+)'? not registered|Unknown op '?(\w+)'?|TypeError: Unknown op (\w+)/;

/** An error of executing a model: MODEL_UNSUPPORTED for an unknown operation, with its name; otherwise the error itself. */
function executionError(error: unknown, dir: string, backend: string): unknown {
  const found = MISSING.exec(messageOf(error));
  if (!found) return error;
  const operation = found.slice(1).find((name) => name !== undefined);
  const message = `TF.js does not have the operation ${operation} for ${backend}, which the model in ${dir} uses.`;
  return new StreamInferError('MODEL_UNSUPPORTED', message, { cause: error });
}
