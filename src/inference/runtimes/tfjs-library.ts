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

/** Messages of TF.js for an operation that a backend, or TF.js itself, does not have. */
const MISSING = /Kernel '?(\w+)'? not registered|Unknown op '?(\w+)'?|TypeError: Unknown op (\w+)/;

/** An error of executing a model: MODEL_UNSUPPORTED for an unknown operation, with its name; otherwise the error itself. */
export function executionError(error: unknown, dir: string, backend: string): unknown {
  const found = MISSING.exec(messageOf(error));
  if (!found) return error;
  const operation = found.slice(1).find((name) => name !== undefined);
  const message = `TF.js does not have the operation ${operation} for ${backend}, which the model in ${dir} uses.`;
  return new StreamInferError('MODEL_UNSUPPORTED', message, { cause: error });
}
